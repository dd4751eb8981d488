"""Rows of the run ledger that the reconciler of a stream keeps.

    pk stream#<job>   sk state   what runs, and what last ran well
    pk stream#<job>   sk lease   which execution may change it
    pk job#<job>      sk pause   while nothing shall run; the command writes it, as for any job

States: WAITING (never resumed), READY (nothing runs, something shall), STARTING (asked for, not yet
known by its id), RUNNING, DRAINING (asked to end), PAUSED, FAILED (a person has to decide).
"""

from __future__ import annotations

from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, caught, formatted, task
from sparkrail.workflow.ledger_items import TABLE, Item, from_path, string

ROW = "$.row.Item"
"""The row `state` as it was read last."""

GENERATION = f"{ROW}.generation.N"
NOT_ANY_MORE = "DynamoDb.ConditionalCheckFailedException"
WAITING, READY, STARTING = "WAITING", "READY", "STARTING"
RUNNING, DRAINING, PAUSED, FAILED = "RUNNING", "DRAINING", "PAUSED", "FAILED"
STATES = (WAITING, READY, STARTING, RUNNING, DRAINING, PAUSED, FAILED)


def state_key(job: str) -> Item:
    """Key of the row that says what runs."""
    return {"pk": string(f"stream#{job}"), "sk": string("state")}


def lease_key(job: str) -> Item:
    """Key of the row that says who may change the other."""
    return {"pk": string(f"stream#{job}"), "sk": string("lease")}


def pause_key(job: str) -> Item:
    """Key of the row that is there while the stream is paused."""
    return {"pk": string(f"job#{job}"), "sk": string("pause")}


def read(key: Item, *, keep: str, then: str, failed: str) -> State:
    """Read a row as it is now.

    Args:
        key: Of the row.
        keep: Where the answer goes; without `Item` if there is no row.
        then: The next state.
        failed: The next state when the ledger cannot be read.
    """
    return task(
        "aws-sdk:dynamodb:getItem",
        {**TABLE, "Key": key, "ConsistentRead": True},
        then=then,
        keep=keep,
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )


def change(
    job: str,
    state: str,
    more: str = "",
    *,
    values: Item | None = None,
    generation: str = GENERATION,
    then: str,
    failed: str,
) -> State:
    """Let the row say another state.

    Args:
        job: The stream.
        state: The state.
        more: What else is set, after a comma, and removed. Default: nothing.
        values: Of what else is set.
        generation: Path to the generation that the row must still have, as text.
        then: The next state.
        failed: The next state when the ledger cannot be written.
    """
    known = {":state": string(state), ":now": from_path("$$.State.EnteredTime")}
    held = {":held": {"N.$": generation}}
    return task(
        "aws-sdk:dynamodb:updateItem",
        {
            **TABLE,
            "Key": state_key(job),
            "UpdateExpression": f"SET #s = :state, updated = :now{more}",
            "ConditionExpression": "generation = :held",
            "ExpressionAttributeNames": {"#s": "state"},
            "ExpressionAttributeValues": known | held | (values or {}),
        },
        then=then,
        keep=None,
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )


def control_file(job: str, name: str, generation: str = GENERATION) -> str:
    """Name a file in the log bucket, as an intrinsic function.

    Args:
        job: The stream.
        name: Such as `stop/{}`; the slot is the generation.
        generation: Path to the generation.
    """
    return formatted(f"streams/{job}/{name}", generation)
