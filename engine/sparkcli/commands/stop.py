"""`sparkrail stop`: a run ends, with its Spark run, and its job is free again."""

from typing import TYPE_CHECKING, Annotated

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.errors import CallError, OperationError
from sparkcli.ledger import TERMINAL, Ledger, RunRow
from sparkcli.screen import Screen
from sparkcli.selection import Selection, one_run
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.stopping import Stopped

LONGEST_WAIT_SECONDS = 600


def stop(
    which: Annotated[
        str, typer.Argument(metavar="JOB[/KEY]", help="A run; what runs now when KEY is left out.")
    ],
    *,
    wait: Annotated[
        int, typer.Option(min=0, help="Longest wait for the end, in seconds.")
    ] = LONGEST_WAIT_SECONDS,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Stop a run: its execution, its Spark run, and see that the ledger says so."""
    # botocore takes a third of a second: only commands that need it import it.
    from sparkcli.stopping import ask_to_stop, wait_until_over  # noqa: PLC0415

    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    selection = Selection.parse(workspace, which)
    _refuse_stream(workspace, selection.job or "")
    cloud = connect(workspace)
    row = one_run(Ledger(cloud), selection) if selection.key else _running(cloud, selection)
    option = workspace.target.option
    ask_to_stop(cloud, row)
    screen.say(f"Asked {row.name} to stop")
    with screen.progress(f"Waiting for the end of {row.name}"):
        stopped = wait_until_over(
            cloud, row, seconds=wait, on_wait=lambda found: screen.say(_meanwhile(found))
        )
    if not stopped.is_over:
        raise OperationError(
            f"{row.name} was asked to stop and is not over after {wait} s. {_meanwhile(stopped)}",
            next_command=f"./sparkrail runs {row.name}{option}",
            document=stopped.as_document(),
        )
    screen.document(stopped.as_document())
    runs = ", ".join(f"{name} {state}" for name, state in stopped.job_runs.items())
    screen.result(f"{row.name} {stopped.row.state}; Spark runs: {runs or 'none was started'}")
    screen.next(f"rerun {row.name}{option}", "the same key once more")


def _refuse_stream(workspace: Workspace, job: str) -> None:
    if workspace.job(job).kind == "streaming":
        raise CallError(
            f"{job} is a stream: it would be started again. `pause` lets it finish its micro-batch "
            "and stop, until `resume`.",
            next_command=f"./sparkrail pause {job}{workspace.target.option}",
        )


def _running(cloud: Cloud, selection: Selection) -> RunRow:
    """What the job runs now."""
    job, ledger = selection.job or "", Ledger(cloud)
    lock = ledger.lock(job)
    held = ledger.run(job, str(lock["key"])) if lock and lock.get("key") else None
    if held is not None and held.state not in TERMINAL:
        return held
    live = [row for row in ledger.runs(job) if row.state == "RUNNING"]
    if len(live) == 1:
        return live[0]
    several = f" {len(live)} runs of a backfill run: say which, as JOB/KEY." if live else ""
    raise CallError(
        f"{job} has no run of its own under way.{several}",
        next_command=f"./sparkrail runs {job}",
        document={"job": job, "running": [row.key for row in live]},
    )


def _meanwhile(found: "Stopped") -> str:
    runs = ", ".join(f"Spark run {name} is {state}" for name, state in found.job_runs.items())
    return (
        f"The ledger says {found.row.state}{f', {runs}' if runs else ''}. The keeper cancels the "
        "Spark run, waits for its end and then frees the job. It is woken by an event, and if that "
        "is lost, within five minutes."
    )
