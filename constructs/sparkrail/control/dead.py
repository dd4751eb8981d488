"""End what a dead execution has left: its Spark run first, then its claim."""

from __future__ import annotations

from typing import Any

from sparkrail.control.rows import CANCELLED, NOT_ANY_MORE, ROW, change, unlock
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    each,
    formatted,
    is_,
    note,
    present,
    same,
    task,
)
from sparkrail.workflow.ledger_items import Item, from_path, string

ALIVE = ["SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"]
SETTLE_SECONDS = 5
"""A start that was under way when its execution was stopped is listed by then."""
_ROUNDS = 60
_RUNS_PER_PAGE = 50
_GONE = ["EmrServerless.ResourceNotFoundException"]
_HOW = {
    "ABORTED": ("Aborted", "ABORTED", "The workflow was stopped before the run was over."),
    "TIMED_OUT": ("OutOfTime", "TIMED_OUT", "The workflow took longer than it may."),
}


def dead(*, then: str, failed: str) -> States:
    """Cancel the Spark runs of a dead execution, wait for their end, and free the job.

    Args:
        then: The next state; the job is free.
        failed: The next state when a service cannot be reached.
    """
    return {
        "Dead": note({"rounds": 0}, at="$.search", then="Settle"),
        "Settle": {"Type": "Wait", "Seconds": SETTLE_SECONDS, "Next": "Runs"},
        **_find(then="EndRuns", nowhere="HowEnded", failed=failed),
        "EndRuns": each(
            "$.found.JobRuns",
            _end_run(),
            start="SameRun",
            item={
                "run.$": "$$.Map.Item.Value",
                "name.$": "$.wanted.run",
                "application.$": f"{ROW}.application.S",
            },
            at_once=5,
            then="Round",
        ),
        **_again(then="Settle", failed=failed),
        **_free(then=then, failed=failed),
    }


def _find(*, then: str, nowhere: str, failed: str) -> States:
    """Look through the application's live runs for those of the dead execution, by their name."""
    run = formatted("{}/{}/{}", *(f"{ROW}.{name}" for name in ("job.S", "key.S", "generation.N")))
    here = f"States.ArrayContains($.found.JobRuns[*].Name, {run})"
    return {
        "Runs": _list({}, failed=failed),
        "RunsAfter": _list({"NextToken.$": "$.found.NextToken"}, failed=failed),
        "AnyRun": choose({**present("$.found.JobRuns[0]"), "Next": "Named"}, otherwise="MoreRuns"),
        "Named": note({"run.$": run, "here.$": here}, at="$.wanted", then="IsHere"),
        "IsHere": choose(
            {"Variable": "$.wanted.here", "BooleanEquals": True, "Next": then},
            otherwise="MoreRuns",
        ),
        "MoreRuns": choose(
            {**present("$.found.NextToken"), "Next": "RunsAfter"}, otherwise=nowhere
        ),
    }


def _again(*, then: str, failed: str) -> States:
    """Look again until no live run has the name, which is when its end has been read."""
    return {
        "Round": note(
            {"rounds.$": "States.MathAdd($.search.rounds, 1)"}, at="$.search", then="Enough"
        ),
        "Enough": choose(
            {"Variable": "$.search.rounds", "NumericGreaterThan": _ROUNDS, "Next": "Undying"},
            otherwise=then,
        ),
        "Undying": note(
            {"Cause.$": formatted("The Spark run {} does not end.", "$.wanted.run")},
            at="$.error",
            then=failed,
        ),
    }


def _list(more: dict[str, Any], *, failed: str) -> State:
    parameters = {
        "ApplicationId.$": f"{ROW}.application.S",
        "States": ALIVE,
        "MaxResults": _RUNS_PER_PAGE,
        **more,
    }
    return task(
        "aws-sdk:emrserverless:listJobRuns",
        parameters,
        then="AnyRun",
        keep="$.found",
        retry=retries.RUNS,
        catch=[caught("HowEnded", errors=_GONE), caught(failed)],
    )


def _end_run() -> States:
    cancel = {"ApplicationId.$": "$.application", "JobRunId.$": "$.run.Id"}
    ends = {"And": [same("$.run.Name", "$.name"), {"Not": is_("$.run.State", "CANCELLING")}]}
    return {
        "SameRun": choose(
            {"And": [present("$.run.Name"), ends], "Next": "CancelRun"}, otherwise="NextRun"
        ),
        "CancelRun": task(
            "aws-sdk:emrserverless:cancelJobRun",
            cancel,
            then="NextRun",
            keep=None,
            retry=retries.RUNS,
            # It may have ended by itself; whether it has is asked in the next round.
            catch=[caught("NextRun")],
        ),
        "NextRun": note({}, at=None, then=None),
    }


def _free(*, then: str, failed: str) -> States:
    end = _end_row()
    return {
        **_how(then="Free"),
        "Free": task(
            "aws-sdk:dynamodb:transactWriteItems",
            {"TransactItems": [{"Update": end}, {"Delete": unlock()}]},
            then=then,
            keep=None,
            retry=retries.LEDGER,
            catch=[caught("FreeRow", errors=[CANCELLED]), caught(failed)],
        ),
        "FreeRow": {
            **task(
                "aws-sdk:dynamodb:updateItem",
                end,
                then=then,
                keep=None,
                retry=retries.LEDGER,
                catch=[caught("Nothing", errors=[NOT_ANY_MORE]), caught(failed)],
            ),
            "Comment": "Somebody else has the lock, or two transactions met.",
        },
    }


def _how(*, then: str) -> States:
    """Say in words, and as the state of the row, how the execution ended."""
    died = "Its workflow ended as {}, before it could record the run."
    rules = [
        {**is_("$.ended.Status", status), "Next": name} for status, (name, _, _) in _HOW.items()
    ]
    return {
        "HowEnded": choose(*rules, otherwise="Died"),
        **{
            name: note({"state": state, "cause": why}, at="$.how", then=then)
            for name, state, why in _HOW.values()
        },
        "Died": note(
            {"state": "FAILED", "cause.$": formatted(died, "$.ended.Status")},
            at="$.how",
            then=then,
        ),
    }


def _end_row() -> Item:
    told = "{} Its Spark run has ended too. Run it again: sparkrail rerun {}/{}"
    cause = formatted(told, "$.how.cause", f"{ROW}.job.S", f"{ROW}.key.S")
    values = {
        ":state": from_path("$.how.state"),
        ":cause": from_path(cause),
        ":now": from_path("$$.State.EnteredTime"),
        ":running": string("RUNNING"),
    }
    return change(
        "SET #s = :state, cause = :cause, ended = :now REMOVE #o",
        only_if="#s = :running",
        values=values,
    )
