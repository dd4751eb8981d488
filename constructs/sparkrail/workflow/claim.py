"""Claim a run key: all or nothing, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, formatted, note, task
from sparkrail.workflow.ledger_items import (
    LOCKED,
    ME,
    MINE_OR_NEW,
    OPEN,
    TABLE,
    Item,
    execution_key,
    from_path,
    interval_key,
    lock_key,
    number,
    pause_key,
    run_row,
    string,
)
from sparkrail.workflow.overlap import CANCELLED
from sparkrail.workflow.refusal import refusal

_MAY_RUN = "#s = :queued OR (#s <> :running AND generation < :generation)"


def claim(job: Job, *, then: str, failed: str) -> States:
    """Write run row, lock and index in one transaction; the loser reads why it lost.

    The same transaction checks that nobody paused the job and that the tables which started the
    run are there, so that a start which must not run has written nothing.
    (docs/adr/0009-ready-inside-the-claim.md)

    Args:
        job: Whose run it is.
        then: The next state of the winner.
        failed: The next state when the ledger cannot be written.
    """
    return {
        "Claim": _claim(job, then=then),
        **refusal(job, inputs=waits_for(job), claimed=then, again="Claim", failed=failed),
        "Unclaimed": note(
            {
                "error": "LedgerUnavailable",
                "message.$": formatted(
                    "The run could not be claimed: {}", "States.JsonToString($.error)"
                ),
                "retryable": False,
            },
            at="$.cause",
            then=failed,
        ),
    }


def waits_for(job: Job) -> Sequence[str]:
    """List the tables whose interval a run by tables waits for.

    Args:
        job: Whose run it is.
    """
    return tuple((job.trigger and job.trigger.tables) or ())


def _claim(job: Job, *, then: str) -> State:
    execution = from_path("$$.Execution.Id")
    row = {**run_row(job.name), "state": string("RUNNING"), "open": string(OPEN)}
    values = {":running": string("RUNNING"), ":queued": string("QUEUED")}
    claim_row = {
        **TABLE,
        "Item": row | {"execution": execution},
        "ConditionExpression": f"{MINE_OR_NEW} OR {_MAY_RUN}",
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": ME | values | {":generation": number("$.generation")},
    }
    marks = {"open": string(LOCKED), "since": from_path("$$.State.EnteredTime")}
    claim_lock = {
        **TABLE,
        "Item": {**lock_key(job.name), **marks, "execution": execution, "key": from_path("$.key")},
        "ConditionExpression": MINE_OR_NEW,
        "ExpressionAttributeValues": ME,
    }
    index = {**execution_key(), "job": string(job.name), "key": from_path("$.key")}
    writes = [{"Put": each} for each in (claim_row, claim_lock, {**TABLE, "Item": index})]
    return task(
        "aws-sdk:dynamodb:transactWriteItems",
        {"TransactItems": [*writes, *_checks(job)]},
        then=then,
        keep=None,
        retry=retries.LEDGER,
        catch=[caught("WhoHolds", errors=[CANCELLED]), caught("Unclaimed")],
    )


def _checks(job: Job) -> list[Item]:
    not_paused = {
        **TABLE,
        "Key": pause_key(job.name),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    written = [
        {
            **TABLE,
            "Key": interval_key(table, "$.key"),
            "ConditionExpression.$": "$.lane.ready",
        }
        for table in waits_for(job)
    ]
    return [{"ConditionCheck": each} for each in (not_paused, *written)]
