"""Judge one row: what became of the execution that holds it, and so, what is left to be done."""

from __future__ import annotations

from sparkrail.control.rows import NOT_ANY_MORE, ROW, change, key
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    absent,
    caught,
    choose,
    is_,
    not_,
    note,
    present,
    same,
    task,
)
from sparkrail.workflow.ledger_items import TABLE, from_path, string

NO_SUCH_EXECUTION = "Sfn.ExecutionDoesNotExistException"
LIVING = ("RUNNING", "PENDING_REDRIVE")


def judge(*, failed: str) -> States:
    """Read a row, find out whether its holder lives, and branch.

    Args:
        failed: The next state when a service cannot be reached.
    """
    row = "$.index.Item"
    by_index = key(
        f"States.Format('job#{{}}', {row}.job.S)", f"States.Format('run#{{}}', {row}.key.S)"
    )
    index = {"pk": from_path("States.Format('exec#{}', $.execution)"), "sk": string("exec")}
    return {
        "Index": _read(index, keep="$.index", then="Known", failed=failed),
        "Known": choose({**present(f"{row}.key.S"), "Next": "RowByIndex"}, otherwise="Nothing"),
        "RowByIndex": _read(by_index, keep="$.read", then="Judge", failed=failed),
        "Row": _read(key("$.row.pk", "$.row.sk"), keep="$.read", then="Judge", failed=failed),
        "Judge": choose(
            {**absent(f"{ROW}.open.S"), "Next": "Nothing"},
            {**absent(f"{ROW}.execution.S"), "Next": "Nothing"},
            {**not_(same(f"{ROW}.execution.S", "$.execution")), "Next": "Nothing"},
            otherwise="Execution",
        ),
        "Execution": describe(
            "$.execution", keep="$.ended", then="Verdict", gone="Gone", failed=failed
        ),
        "Gone": note({"Status": "GONE"}, at="$.ended", then="Verdict"),
        "Verdict": choose(
            {**is_("$.ended.Status", *LIVING), "Next": "Nothing"},
            {"Variable": f"{ROW}.pk.S", "StringMatches": "files#*", "Next": "WatchAgain"},
            {"And": [_state("SUCCEEDED"), is_("$.ended.Status", "SUCCEEDED")], "Next": "Close"},
            {**_state("SUCCEEDED"), "Next": "Republish"},
            {**_state("QUEUED"), "Next": "Unreserve"},
            {**_state("RUNNING"), "Next": "Dead"},
            otherwise="Close",
        ),
        "Close": task(
            "aws-sdk:dynamodb:updateItem",
            change("REMOVE #o", only_if="#s = :s", values={":s": from_path(f"{ROW}.state.S")}),
            then="Nothing",
            keep=None,
            retry=retries.LEDGER,
            catch=[caught("Nothing", errors=[NOT_ANY_MORE]), caught(failed)],
        ),
        "Nothing": {"Type": "Succeed", "Comment": "Nothing is left to be done."},
    }


def describe(execution: str, *, keep: str, then: str, gone: str, failed: str) -> State:
    """Ask whether an execution lives. Its data is not asked for: it may be large, and secret.

    Args:
        execution: Path to its ARN.
        keep: Where the answer goes, as `Status`.
        then: The next state.
        gone: The next state when nobody knows it any more.
        failed: The next state when nobody answers.
    """
    return task(
        "aws-sdk:sfn:describeExecution",
        {"ExecutionArn.$": execution, "IncludedData": "METADATA_ONLY"},
        then=then,
        keep=keep,
        select={"Status.$": "$.Status"},
        retry=retries.STATES,
        catch=[caught(gone, errors=[NO_SUCH_EXECUTION]), caught(failed)],
    )


def _state(state: str) -> State:
    """Hold when the row has this state. The row of a watch has none, and is asked for before."""
    return {"And": [present(f"{ROW}.state.S"), is_(f"{ROW}.state.S", state)]}


def _read(where: State, *, keep: str, then: str, failed: str) -> State:
    return task(
        "aws-sdk:dynamodb:getItem",
        {**TABLE, "Key": where, "ConsistentRead": True},
        then=then,
        keep=keep,
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )
