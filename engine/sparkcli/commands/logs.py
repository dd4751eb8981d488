"""`sparkrail logs`: the driver's log, live, and the command that started it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.errors import CallError, OperationError
from sparkcli.screen import Screen, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.driver_log import JobRun
    from sparkcli.ledger import RunRow
    from sparkcli.selection import Selection


def logs(
    which: Annotated[
        str, typer.Argument(metavar="JOB[/KEY]", help="A run; the newest when KEY is left out.")
    ],
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")
    ] = False,
    stderr: Annotated[
        bool, typer.Option("--stderr", help="Spark's own log in place of what the job printed.")
    ] = False,
    command: Annotated[
        bool,
        typer.Option("--command", help="The spark-submit as requested, and as run on the laptop."),
    ] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Show what the driver of a run printed, or the command it was started with.

    Of a stream: JOB/GENERATION, or the newest one.
    """
    # botocore takes a third of a second: only commands that need it import it.
    from sparkcli.denials import told_denials  # noqa: PLC0415
    from sparkcli.driver_log import find_job_run  # noqa: PLC0415
    from sparkcli.ledger import Ledger  # noqa: PLC0415
    from sparkcli.selection import Selection, one_run  # noqa: PLC0415

    if follow and (as_json or command):
        raise CallError("--follow prints lines as they come; leave out --json and --command.")
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    selection = Selection.parse(workspace, which)
    cloud = connect(workspace)
    of_stream = _stream_run(workspace, cloud, selection)
    row = of_stream or one_run(Ledger(cloud), selection)
    name = f"{row.job}/{row.generation}" if of_stream else row.name
    run = replace(find_job_run(cloud, row), tried_again=of_stream is not None)
    about: dict[str, Any] = {"job": row.job, "run_key": row.key, "run_id": run.run_id}
    if command:
        _show_command(screen, workspace, cloud, run, about)
    else:
        team, stream = workspace.job(row.job).team, "stderr" if stderr else "stdout"
        denied = told_denials(screen, workspace, cloud, row)
        about |= {"stream": stream} | ({"denied": denied} if denied else {})
        _show_log(screen, cloud, run, about, team=team, follow=follow)
    option = workspace.target.option
    if stderr or command:
        screen.next(f"streams {row.job}{option}" if of_stream else f"runs {name}{option}")
    else:
        screen.next(f"logs {name} --stderr{option}", "Spark's own log")


def _stream_run(workspace: Workspace, cloud: Cloud, selection: "Selection") -> "RunRow | None":
    """The generation of a stream that is meant, as a run; None if the job is none."""
    from sparkcli.streaming.row import stream_row  # noqa: PLC0415

    job = selection.job or ""
    if workspace.job(job).kind != "streaming":
        return None
    row = stream_row(cloud, job)
    wanted = selection.key or str(row.generation)
    if not wanted.isdigit():
        raise CallError(
            f"{job} is a stream: what stands behind its name is a generation, a number.",
            next_command=f"./sparkrail runs {job}",
        )
    if not row.generation:
        raise OperationError(
            f"{job} was never started.",
            next_command=f"./sparkrail resume {job}{workspace.target.option}",
        )
    return replace(row.as_run, generation=int(wanted))


def _show_log(
    screen: Screen, cloud: Cloud, run: "JobRun", about: dict[str, Any], *, team: str, follow: bool
) -> None:
    from sparkcli.driver_log import read_log  # noqa: PLC0415

    lines = []
    for line in read_log(cloud, run, team=team, stream=about["stream"], follow=follow):
        screen.result(line.text)
        lines.append({"at": line.at.isoformat(), "text": line.text})
    screen.document({**about, "lines": lines})
    if not lines:
        screen.say(f"The driver has printed nothing on {about['stream']}.")


def _show_command(
    screen: Screen, workspace: Workspace, cloud: Cloud, run: "JobRun", about: dict[str, Any]
) -> None:
    from sparkcli.driver_log import requested, rewritten  # noqa: PLC0415

    asked = requested(cloud, run)
    local = rewritten(workspace.laptop_state, run) if workspace.target.on_laptop else None
    argv = list(local["argv"]) if local else None
    screen.document(
        {**about, "requested": asked, "argv": argv, "rewritten": (local or {}).get("rewritten")}
    )
    if argv is None:
        screen.result("Requested:\n" + "\n".join(pairs_of_words(asked)))
        return
    rows = side_by_side(asked, argv)
    screen.result(table(["requested", "run on this computer"], rows, fold=True))


def pairs_of_words(words: list[str]) -> list[str]:
    """One line per word; an option and its value share one.

    >>> pairs_of_words(["spark-submit", "--conf", "a=1", "main.py"])
    ['spark-submit', '--conf a=1', 'main.py']
    """
    lines: list[str] = []
    for word in words:
        if lines and lines[-1].startswith("--") and " " not in lines[-1]:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def side_by_side(asked: list[str], argv: list[str]) -> list[list[str]]:
    """Rows of both commands, the same setting on the same row: first what differs.

    >>> side_by_side(["a", "--conf x=1", "--conf y=1"], ["a", "--conf x=2", "--conf y=1"])
    [['--conf x=1', '--conf x=2'], ['a', 'a'], ['--conf y=1', '--conf y=1']]
    """
    left, right = _by_setting(asked), _by_setting(argv)
    rows = [[left.get(name, ""), right.get(name, "")] for name in {**left, **right}]
    return sorted(rows, key=lambda row: row[0] == row[1])


def _by_setting(words: list[str]) -> dict[str, str]:
    lines = pairs_of_words(words)
    return {line.partition("=")[0] if line.startswith("--conf ") else line: line for line in lines}
