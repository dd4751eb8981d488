"""Break one run of a job and say what it did to the data, the ledger and the computer."""

import datetime
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError

from sparkcli.arguments import manual_key
from sparkcli.cloud import connect
from sparkcli.commands.run import run_job
from sparkcli.damage import Difference, Reader, left_behind, rows_of
from sparkcli.errors import CommandError, OperationError
from sparkcli.faults import as_command_error
from sparkcli.lake import Lake
from sparkcli.ledger import Ledger
from sparkcli.screen import Screen, Stopwatch
from sparkcli.workspace import Workspace

SETTLE_SECONDS = 60.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Broken:
    """What was asked for.

    Args:
        job: Which job runs.
        inputs: As `run` takes them.
        inject: Breaks it; called between the undisturbed run and the disturbed one.
        mend: Mends it; called when the disturbed run is over, whatever became of it.
    """

    job: str
    inputs: list[str]
    inject: Callable[[], None]
    mend: Callable[[], None]


def break_run(workspace: Workspace, screen: Screen, asked: Broken) -> dict[str, Any]:
    """Run a job undisturbed, then the same run key once more under a fault, and compare.

    A run key that runs again replaces what it wrote, whatever the table's write mode is: so the
    undisturbed result is what must be there after the fault as well, and at every moment between.

    Raises:
        CommandError: The undisturbed run failed already.
    """
    key = manual_key(datetime.datetime.now(datetime.UTC))
    screen.say(f"First undisturbed: {asked.job}/{key}")
    _run(workspace, screen, asked, key, again=False)
    cloud = connect(workspace)
    lake = Lake(cloud, frozenset(workspace.project.tables))
    tables = [one.table for one in workspace.job(asked.job).outputs.values() if one.table]
    expected = {table: rows_of(lake, table) for table in tables}
    screen.say("And now the same run key under the fault:")
    ended = ""
    try:
        asked.inject()
        with ExitStack() as reading:
            readers = [
                reading.enter_context(Reader(lake, table, (expected[table],))) for table in tables
            ]
            try:
                _run(workspace, screen, asked, key, again=True)
            except (CommandError, BotoCoreError, OSError) as error:
                # Also a laptop cloud that is gone in the middle of it is a way to end.
                ended = as_command_error(error).message
        row = _settled(workspace, asked.job, key)
    finally:
        asked.mend()
    found = Lake(connect(workspace), lake.contracts)
    differences = [Difference.between(expected[t], rows_of(found, t)) for t in tables]
    rows = [each.as_document() for each in Ledger(connect(workspace)).runs(asked.job)]
    left = left_behind(connect(workspace), workspace, rows)
    return {
        "job": asked.job,
        "run_key": key,
        "state": row["state"],
        "attempts": row["attempts"],
        "ended": ended or None,
        "rows": sum(each.expected for each in differences),
        "lost": sum(each.lost for each in differences),
        "duplicated": sum(each.duplicated for each in differences),
        "reads": sum(reader.reads for reader in readers),
        "half_reads": sum(reader.halves for reader in readers),
        **asdict(left),
    }


def intact(damage: dict[str, Any]) -> bool:
    """Whether nothing was lost, doubled, half seen or left behind."""
    counts = ("lost", "duplicated", "half_reads", *("orphaned_runs", "orphaned_processes"))
    return not any(damage[name] for name in (*counts, "running_rows"))


def _run(
    workspace: Workspace, screen: Screen, asked: Broken, key: str, *, again: bool
) -> dict[str, Any]:
    watch = Stopwatch()
    return run_job(
        workspace, screen, watch,
        job=asked.job, inputs=asked.inputs, parameters=[], key=key, again=again,
    )  # fmt: skip


def _settled(workspace: Workspace, job: str, key: str) -> dict[str, Any]:
    """The run's row, once its state says that it is over; whoever lost it may need a moment."""
    deadline = time.monotonic() + SETTLE_SECONDS
    row = None
    while time.monotonic() < deadline:
        try:
            row = Ledger(connect(workspace)).run(job, key)
        except (OperationError, BotoCoreError):
            row = None  # it is being started again
        if row and row.state != "RUNNING":
            break
        time.sleep(POLL_SECONDS)
    if row is None:
        raise OperationError(f"{job}/{key} is not in the ledger any more.")
    return row.as_document()
