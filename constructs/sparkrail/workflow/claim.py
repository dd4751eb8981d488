"""Claim a run key, or say who holds it."""

from __future__ import annotations

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, choose, formatted, note, present, task
from sparkrail.workflow.ledger_items import (
    ME,
    MINE_OR_NEW,
    TABLE,
    execution_key,
    from_path,
    lock_key,
    number,
    run_key,
    string,
)

_TAKEN = "DynamoDb.TransactionCanceledException"
_RERUN = "(#s <> :running AND generation < :generation)"


def claim(job: Job, *, then: str, failed: str) -> States:
    """Write run row, lock and index in one transaction; the loser reads who won.

    Args:
        job: Whose run it is.
        then: The next state of the winner.
        failed: The next state when the ledger cannot be written.
    """
    return {
        "Claim": _claim(job, then=then),
        "WhoHolds": _who_holds(job),
        "Refused": choose(
            {**present("$.held.run.Item.execution.S"), "Next": "Duplicate"},
            {**present("$.held.lock.Item.execution.S"), "Next": "Skipped"},
            otherwise="Again",
        ),
        "Duplicate": _outcome(
            "Duplicate",
            {
                "holder.$": "$.held.run.Item.execution.S",
                "state.$": "$.held.run.Item.state.S",
            },
        ),
        "Skipped": _outcome("Skipped", {"holder.$": "$.held.lock.Item.execution.S"}),
        "Again": {
            "Type": "Wait",
            "Comment": "Freed in between, or two transactions met.",
            "Seconds": 1,
            "Next": "Claim",
        },
        "Unclaimed": note(
            {
                "message.$": formatted("The run ledger could not be written: {}", "$.error.Cause"),
                "retryable": False,
            },
            at="$.cause",
            then=failed,
        ),
    }


def _claim(job: Job, *, then: str) -> State:
    row = {
        **run_key(job.name),
        "job": string(job.name),
        "key": from_path("$.key"),
        "state": string("RUNNING"),
        "open": string("1"),
        "since": from_path("$$.State.EnteredTime"),
        "generation": number("$.generation"),
        "execution": from_path("$$.Execution.Id"),
        "application": string("${ApplicationId}"),
    }
    lock = {**lock_key(job.name), "execution": from_path("$$.Execution.Id")}
    index = {**execution_key(), "job": string(job.name)}
    values = {":running": string("RUNNING"), ":generation": number("$.generation")}
    claim_row = {
        **TABLE,
        "Item": row,
        "ConditionExpression": f"{MINE_OR_NEW} OR {_RERUN}",
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": ME | values,
    }
    claim_lock = {
        **TABLE,
        "Item": {**lock, "key": from_path("$.key")},
        "ConditionExpression": MINE_OR_NEW,
        "ExpressionAttributeValues": ME,
    }
    write_index = {**TABLE, "Item": {**index, "key": from_path("$.key")}}
    return task(
        "aws-sdk:dynamodb:transactWriteItems",
        {"TransactItems": [{"Put": each} for each in (claim_row, claim_lock, write_index)]},
        then=then,
        retry=retries.LEDGER,
        catch=[caught("WhoHolds", errors=[_TAKEN]), caught("Unclaimed")],
    )


def _who_holds(job: Job) -> State:
    """Read row and lock back: a cancelled transaction names no holder."""
    reads = [{"Get": {**TABLE, "Key": key}} for key in (run_key(job.name), lock_key(job.name))]
    return task(
        "aws-sdk:dynamodb:transactGetItems",
        {"TransactItems": reads},
        then="Refused",
        keep="$.held",
        select={"run.$": "$.Responses[0]", "lock.$": "$.Responses[1]"},
        retry=retries.LEDGER,
        catch=[caught("Unclaimed")],
    )


def _outcome(outcome: str, more: dict[str, str]) -> State:
    return note({"outcome": outcome, "key.$": "$.key", **more}, at=None, then=None)
