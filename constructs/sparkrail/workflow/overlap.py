"""What becomes of a run that finds its job busy: skip, queue, or cancel the older one."""

from __future__ import annotations

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import States, caught, choose, formatted, note, task
from sparkrail.workflow.ledger_items import (
    TABLE,
    WAITING,
    from_path,
    lock_key,
    number,
    run_row,
    string,
)

CANCELLED = "DynamoDb.TransactionCanceledException"
_HOLDER = "$.held.lock.Item"
_NEW_OR_LATER = (
    "attribute_not_exists(pk) OR (#s <> :running AND #s <> :queued AND generation < :generation)"
)
_CANCEL_SECONDS = 10


def overlap(job: Job) -> tuple[str, States]:
    """Say where a run goes that finds its job busy, and write the states there.

    Args:
        job: Says whether such a run is skipped, queued, or cancels an older one.
    """
    if job.overlap == "queue":
        return "Queue", _queue(job)
    if job.overlap == "cancel":
        return "Older", _cancel(job)
    return "Skipped", _skipped()


def _skipped() -> States:
    said = {"outcome": "Skipped", "key.$": "$.key", "holder.$": f"{_HOLDER}.execution.S"}
    return {"Skipped": note(said, at=None, then=None)}


def _queue(job: Job) -> States:
    """Line up, if the job is still busy; the keeper starts the oldest when it is not."""
    row = run_row(job.name) | {
        "state": string("QUEUED"),
        "open": string(WAITING),
        "starts": {"N": "0"},
    }
    values = {":running": string("RUNNING"), ":queued": string("QUEUED")}
    line_up = {
        **TABLE,
        "Item": row,
        "ConditionExpression": _NEW_OR_LATER,
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": values | {":generation": number("$.generation")},
    }
    still_busy = {
        **TABLE,
        "Key": lock_key(job.name),
        "ConditionExpression": "execution = :holder",
        "ExpressionAttributeValues": {":holder": from_path(f"{_HOLDER}.execution.S")},
    }
    return {
        "Queue": task(
            "aws-sdk:dynamodb:transactWriteItems",
            {"TransactItems": [{"Put": line_up}, {"ConditionCheck": still_busy}]},
            then="Queued",
            keep=None,
            retry=retries.LEDGER,
            catch=[caught("Again", errors=[CANCELLED]), caught("Unclaimed")],
        )
    }


def _cancel(job: Job) -> States:
    """Stop the execution of an older key. The keeper ends its Spark run, then frees the job."""
    older = {"Variable": f"{_HOLDER}.key.S", "StringLessThanPath": "$.key"}
    why = formatted(f"The run {job.name}/{{}} came after it and took over.", "$.key")
    tries = {"tries.$": "States.MathAdd($.race.tries, 1)", "seconds": _CANCEL_SECONDS}
    return {
        "Older": choose({**older, "Next": "CancelOlder"}, otherwise="Skipped"),
        "CancelOlder": task(
            "aws-sdk:sfn:stopExecution",
            {
                "ExecutionArn.$": f"{_HOLDER}.execution.S",
                "Error": "Superseded",
                "Cause.$": why,
            },
            then="AwaitFree",
            keep=None,
            retry=retries.STATES,
            catch=[
                caught("AwaitFree", errors=["Sfn.ExecutionDoesNotExistException"]),
                caught("Unclaimed"),
            ],
        ),
        "AwaitFree": note(tries, at="$.race", then="AgainYet"),
        **_skipped(),
    }
