"""`sparkrail new`: a job with its tests, green at once."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from sparkcli.errors import CallError, OperationError, unknown
from sparkcli.processes import run_quietly, tools_first
from sparkcli.scaffold import NewJob, undone_on_failure, write_job
from sparkcli.screen import Screen
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

HELP = "new job --help"
SNAPSHOTS = "sparkrail.testing.snapshots"
SNAPSHOT_FOLDER = "tests/snapshots"

app = typer.Typer(no_args_is_help=True, help="Make a new job.")


@app.callback()
def _new() -> None:
    """Make a new job."""


@app.command("job")
def job(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Small letters, digits and _, such as my_job.")
    ],
    team: Annotated[
        str | None, typer.Option(help="Whose job it is. Default: the only team in config/.")
    ] = None,
    streaming: Annotated[
        bool, typer.Option("--streaming", help="A stream, with the contract of its topic.")
    ] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Make spark_jobs/NAME with code, tests and a table contract, green at once."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    new = NewJob(name, team or _only_team(workspace), streaming=streaming)
    _refuse_what_cannot_be(workspace, new)
    root = workspace.root
    snapshots = root / SNAPSHOT_FOLDER
    with undone_on_failure(*new.paths(root), snapshots):
        written = write_job(root, new)
        Workspace.open(env).project  # noqa: B018  the new job must fit into every environment
        with screen.progress("Adding it to the template snapshots"):
            written += _snapshots(root, name)
    shown = [str(path.relative_to(root)) for path in written]
    screen.result(f"Made the job {name} of the team {new.team}:")
    for path in shown:
        screen.result(f"  {path}")
    topic = name if streaming else None
    screen.document(
        {"job": name, "team": new.team, "table": new.table, "topic": topic, "files": shown}
    )
    screen.say(f"Its tests: .venv/bin/python -m pytest spark_jobs/{name}")
    if streaming:
        screen.say(f"On the laptop: ./sparkrail up, then ./sparkrail resume {name}")
        screen.next(f"produce {name} --rate 50 --bad 1%", "readings, made up by the contract")
    else:
        screen.next(f"dev {name} --input FILE --watch", "a CSV with the columns day and amount")


def _only_team(workspace: Workspace) -> str:
    teams = sorted(workspace.environment.teams)
    if len(teams) != 1:
        raise CallError(
            f"Say whose job it is: --team with one of {', '.join(teams)}.",
            next_command=f"./sparkrail {HELP}",
        )
    return teams[0]


def _refuse_what_cannot_be(workspace: Workspace, new: NewJob) -> None:
    from sparkmodel.names import folder_name_fault  # noqa: PLC0415

    fault = folder_name_fault(new.name)
    if fault:
        raise CallError(
            f'"{new.name}" {fault} Example: sales_daily', next_command=f"./sparkrail {HELP}"
        )
    for environment in workspace.project.environments.values():
        if new.team not in environment.teams:
            where = f"in config/{environment.name}.toml"
            raise unknown("team", new.team, environment.teams, where=where, shown_by=HELP)
    for path in new.paths(workspace.root):
        if path.exists():
            raise CallError(
                f"{path.relative_to(workspace.root)} is already there. Nothing was changed; choose "
                "another name.",
                next_command=f"./sparkrail {HELP}",
            )


def _snapshots(root: Path, name: str) -> list[Path]:
    """Add the job to the template snapshots of a checkout that keeps them."""
    folder = root / SNAPSHOT_FOLDER
    if not folder.is_dir() or find_spec("sparkrail.testing") is None:
        return []
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    done = run_quietly(
        [sys.executable, "-m", SNAPSHOTS, "--job", name],
        cwd=root,
        environment=tools_first(os.environ),
    )
    if done.returncode != 0:
        raise OperationError(
            f"The template snapshots could not be written, so nothing was made:\n{done.stderr}",
            next_command="./sparkrail check",
        )
    after = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in after if before.get(path) != path.stat().st_mtime_ns)
