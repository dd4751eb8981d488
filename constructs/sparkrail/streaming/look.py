"""Look at the rows: whether it was ever started, is paused, and whether something runs."""

from __future__ import annotations

from sparkrail.streaming.rows import (
    DRAINING,
    FAILED,
    NOT_ANY_MORE,
    PAUSED,
    READY,
    ROW,
    STARTING,
    WAITING,
    change,
    pause_key,
    read,
    state_key,
)
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    absent,
    caught,
    choose,
    is_,
    note,
    present,
    same,
    task,
)
from sparkrail.workflow.ledger_items import TABLE, from_path, string

OVER = ("SUCCESS", "FAILED", "CANCELLED", "GONE")
IS_PAUSED = present("$.pause.Item.pk")
_NOT_FOUND = "EmrServerless.ResourceNotFoundException"
_NO_RUN = "EMR Serverless does not know the run any more."


def look(job: str, *, waits: bool, then: str, failed: str) -> States:
    """Read both rows; write the first one of a stream that is new.

    Args:
        job: The stream.
        waits: Whether a new stream waits until a person lets it go on.
        then: The next state; `$.row.Item` is the row, `$.pause.Item` is there while it is paused.
        failed: The next state when the ledger cannot be reached.
    """
    return {
        "Look": read(state_key(job), keep="$.row", then="IsPaused", failed=failed),
        "IsPaused": read(pause_key(job), keep="$.pause", then="IsNew", failed=failed),
        "IsNew": choose({**absent(f"{ROW}.pk"), "Next": "First"}, otherwise=then),
        "First": _first(job, WAITING if waits else READY, failed=failed),
    }


def matters(job: str, *, runs: str, lost: str, starts: str, nothing: str, failed: str) -> States:
    """Branch on whether something runs; if nothing does, on whether something shall.

    Args:
        job: The stream.
        runs: The next state when a run is known.
        lost: The next state when a start was asked for and nobody knows what came of it.
        starts: The next state when something shall run.
        nothing: The next state when nothing is left to be done.
        failed: The next state when the ledger cannot be written.
    """
    return {
        "Matters": choose(
            {**present(f"{ROW}.jobRun.S"), "Next": runs},
            {**is_(f"{ROW}.state.S", STARTING), "Next": lost},
            {**is_(f"{ROW}.state.S", WAITING, FAILED), "Next": nothing},
            {"And": [IS_PAUSED, is_(f"{ROW}.state.S", PAUSED)], "Next": nothing},
            {**IS_PAUSED, "Next": "Pause"},
            otherwise=starts,
        ),
        "Pause": change(job, PAUSED, then=nothing, failed=failed),
    }


def run(*, over: str, drain: str, right: str, failed: str) -> States:
    """Ask after the run that is known, and branch on whether it is what shall run.

    Args:
        over: The next state when it has ended.
        drain: The next state when it shall end.
        right: The next state when it is what shall run.
        failed: The next state when nobody answers.
    """
    return {
        "Run": get_run(then="Lives", gone="Vanished", failed=failed),
        "Vanished": vanished(then=over),
        "Lives": choose(
            {**is_("$.run.State", *OVER), "Next": over},
            {**is_(f"{ROW}.state.S", DRAINING), "Next": drain},
            {**IS_PAUSED, "Next": drain},
            {**same(f"{ROW}.version.S", "$.want.version"), "Next": right},
            otherwise=drain,
        ),
    }


def get_run(*, then: str, gone: str, failed: str) -> State:
    """Ask after the run that the row names.

    Args:
        then: The next state; `$.run` has its State and Details.
        gone: The next state when nobody knows it any more.
        failed: The next state when nobody answers.
    """
    return task(
        "aws-sdk:emrserverless:getJobRun",
        {"ApplicationId.$": f"{ROW}.application.S", "JobRunId.$": f"{ROW}.jobRun.S"},
        then=then,
        keep="$.run",
        select={"State.$": "$.JobRun.State", "Details.$": "$.JobRun.StateDetails"},
        retry=retries.RUNS,
        catch=[caught(gone, errors=[_NOT_FOUND]), caught(failed)],
    )


def vanished(*, then: str) -> State:
    """Take a run that nobody knows for one that has ended."""
    return note({"State": "GONE", "Details": _NO_RUN}, at="$.run", then=then)


def _first(job: str, state: str, *, failed: str) -> State:
    item = {
        **state_key(job),
        "state": string(state),
        "generation": {"N": "0"},
        "restarts": {"N": "0"},
        "updated": from_path("$$.State.EnteredTime"),
    }
    return task(
        "aws-sdk:dynamodb:putItem",
        {**TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"},
        then="Look",
        keep=None,
        retry=retries.LEDGER,
        catch=[caught("Look", errors=[NOT_ANY_MORE]), caught(failed)],
    )
