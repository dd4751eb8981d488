"""`sparkrail dev`: main.py from the work tree as an ordinary Python process, again on each save."""

import contextlib
import shlex
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.arguments import Overrides, read_overrides
from sparkcli.bringup import require_laptop
from sparkcli.cloud import Cloud
from sparkcli.commands.run import InputOption, JobArgument, ParameterOption
from sparkcli.errors import WRONG, CallError, CommandError, OperationError
from sparkcli.lake_values import document_of
from sparkcli.launch_file import DEBUG_PORT, write_launch_file
from sparkcli.report import counts
from sparkcli.screen import Screen, Stopwatch, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.verdict import REFUSED
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.starter import Starter
    from sparkmodel import Job

FIRST_ROWS = 5
_LOOK_MS = 100  # how long the first run waits for the watch to be there, in milliseconds


def dev(
    job: JobArgument,
    *,
    inputs: InputOption = None,
    parameters: ParameterOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Run again whenever a file is saved.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Listen for a debugger and wait until it is attached.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the debugger.")] = DEBUG_PORT,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Run JOB's main.py from the work tree: no synth, no package, no deploy; breakpoints work.

    Arguments, settings and tables are those of the last deploy to the laptop cloud.
    """
    if watch and as_json:
        raise CallError("--watch never ends, so it has no single JSON document. Leave one out.")
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    require_laptop(workspace, "dev")
    _refuse_stream(workspace, job)
    overrides = read_overrides(workspace.job(job), inputs or [], parameters or [])
    from sparkcli.starter import Starter  # noqa: PLC0415  it needs botocore

    given = " ".join([job, *(f"--input {shlex.quote(file)}" for file in inputs or [])])
    given += workspace.target.option
    starter = Starter(screen, before=_debugger(screen, port) if debug else [], again=watch)
    written = write_launch_file(workspace.root, job)
    if written:
        screen.say(f"Wrote {written.relative_to(workspace.root)}: breakpoints work in VS Code.")
    with contextlib.closing(starter):
        for saved in _saves(workspace) if watch else _once():
            if saved:
                screen.say(f"\nSaved: {', '.join(saved)}")
            try:
                screen.document(_run_once(env, screen, job, overrides, starter))
            except CommandError as error:
                if not watch:
                    raise
                screen.error(error.message)
            screen.next(f"run {given}", "the same, packaged and through the machine")
            starter.get_ready()


def _refuse_stream(workspace: Workspace, job: str) -> None:
    if workspace.job(job).stream is not None:
        raise CallError(
            f"{job} is a stream, and `dev` is for jobs that read and end. Its tests run it on "
            f"records from the work tree: .venv/bin/python -m pytest spark_jobs/{job}. With a real "
            "broker: ./sparkrail up deploys what changed, and the stream is replaced.",
            next_command=f"./sparkrail streams {job}{workspace.target.option}",
        )


def _once() -> Iterator[list[str]]:
    yield []


def _saves(workspace: Workspace) -> Iterator[list[str]]:
    """Nothing at first, then the files of each save."""
    from watchfiles import PythonFilter, watch  # noqa: PLC0415

    folders = [workspace.root / "spark_jobs", workspace.root / "tables", workspace.root / "config"]
    only_ours = PythonFilter(extra_extensions=(".toml", ".sql", ".json", ".csv"))
    looks = watch(
        *(folder for folder in folders if folder.is_dir()),
        watch_filter=only_ours, rust_timeout=_LOOK_MS, yield_on_timeout=True,
    )  # fmt: skip
    # The first look comes before the first run, so that what is saved during that run is seen.
    for number, changes in enumerate(looks):
        if changes or number == 0:
            yield sorted({str(Path(name).relative_to(workspace.root)) for _, name in changes})


def _debugger(screen: Screen, port: int) -> list[str]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CallError(
                f"Port {port} is taken. Choose another one: --debug --port {port + 1}"
            ) from None
    screen.say(
        f"Waiting for a debugger at 127.0.0.1:{port}. VS Code: Run and Debug, "
        '"sparkrail: attach to dev --debug".'
    )
    listen = ["--listen", f"127.0.0.1:{port}", "--wait-for-client"]
    # Without frozen modules, or debugpy warns that it may miss breakpoints.
    return ["-Xfrozen_modules=off", "-m", "debugpy", *listen]


def _run_once(
    env: str, screen: Screen, name: str, overrides: Overrides, starter: "Starter"
) -> dict[str, Any]:
    from sparkcli.local_run import prepare  # noqa: PLC0415

    # Opened anew: with --watch, manifests may have changed since the last run.
    watch, workspace = Stopwatch(), Workspace.open(env)
    job = workspace.job(name)
    with watch.phase("prepare"), screen.progress("Preparing"):
        cloud, local = prepare(workspace, screen, watch, job, overrides)
    threading.Thread(target=_load_reader, daemon=True).start()
    with watch.phase("process"):
        code = starter.run(local)
    report = local.report()
    document = {
        "job": name,
        "run_key": local.run_key,
        "state": report.get("state") or "FAILED",
        "rows": counts(report),
        "seconds": {**watch.seconds, **dict(report.get("seconds") or {}), "total": watch.total()},
    }
    if code != 0:
        raise _failed(name, code, report, document)
    # The driver has just printed its accounting on this terminal.
    document["outputs"] = _show_outputs(screen, workspace, cloud, job)
    screen.say(f"{name} from the work tree: {watch.total():.1f} s")
    return document


def _load_reader() -> None:
    """Import what reads tables while the job runs: it takes a second."""
    from sparkcli import lake  # noqa: F401, PLC0415


def _failed(name: str, code: int, report: dict[str, Any], document: dict[str, Any]) -> CommandError:
    """The error of a process whose own words are already on the screen."""
    error = report.get("error") or {}
    kind = error.get("type") or "ProcessFailed"
    message = error.get("message") or f"The process ended with code {code}."
    wrong = kind == REFUSED or code == WRONG
    return (CallError if wrong else OperationError)(
        f"{name} {document['state']} ({kind}); its words are above.",
        document={**document, "error": {"type": kind, "message": message}},
    )


def _show_outputs(
    screen: Screen, workspace: Workspace, cloud: Cloud, job: "Job"
) -> dict[str, list[dict[str, Any]]]:
    """Print the first rows of each output table."""
    from sparkcli.lake import Lake  # noqa: PLC0415

    lake = Lake(cloud, frozenset(workspace.project.tables))
    shown = {}
    for name, output in sorted(job.outputs.items()):
        answer = lake.query(f"SELECT * FROM {output.table} LIMIT {FIRST_ROWS}")
        shown[name] = document_of(answer)
        cells = [list(row.values()) for row in shown[name]]
        screen.result(table(answer.columns, cells, title=f"\n{output.table}, first rows"))
    return shown
