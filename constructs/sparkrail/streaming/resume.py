"""What a person asks for: go on. It needs no lease, and whoever has it is left a mark."""

from __future__ import annotations

from sparkrail.streaming.rows import FAILED, NOT_ANY_MORE, READY, WAITING, state_key
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, choose, is_, present, task
from sparkrail.workflow.ledger_items import TABLE, from_path, string


def woken(job: str, *, then: str, failed: str) -> States:
    """Note down that the stream may go on, if that is what the wake says.

    A version that is known as bad may be tried again then.

    Args:
        job: The stream.
        then: The next state.
        failed: The next state when the ledger cannot be written.
    """
    return {
        "Woken": choose(
            {"And": [present("$.by"), is_("$.by", "resume")], "Next": "Resume"}, otherwise=then
        ),
        "Resume": _update(
            job,
            "SET #s = :ready, updated = :now, restarts = :none, "
            "generation = if_not_exists(generation, :none) REMOVE why, badVersion",
            only_if="attribute_not_exists(pk) OR #s = :waiting OR #s = :failed",
            values={
                ":ready": string(READY),
                ":waiting": string(WAITING),
                ":failed": string(FAILED),
                ":now": from_path("$$.State.EnteredTime"),
                ":none": {"N": "0"},
            },
            then=then,
            otherwise="TryAgain",
            failed=failed,
        ),
        "TryAgain": _update(
            job,
            "REMOVE badVersion",
            only_if="attribute_exists(badVersion)",
            then=then,
            otherwise=then,
            failed=failed,
        ),
    }


def _update(
    job: str,
    expression: str,
    *,
    only_if: str,
    values: dict[str, object] | None = None,
    then: str,
    otherwise: str,
    failed: str,
) -> State:
    names = {"ExpressionAttributeNames": {"#s": "state"}} if "#s" in only_if else {}
    return task(
        "aws-sdk:dynamodb:updateItem",
        {
            **TABLE,
            "Key": state_key(job),
            "UpdateExpression": expression,
            "ConditionExpression": only_if,
            **names,
            **({"ExpressionAttributeValues": values} if values else {}),
        },
        then=then,
        keep=None,
        retry=retries.LEDGER,
        catch=[caught(otherwise, errors=[NOT_ANY_MORE]), caught(failed)],
    )
