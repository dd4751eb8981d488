"""Write an object down when it has arrived, once however often its event is delivered."""

from __future__ import annotations

from typing import Any

from sparkrail.arrivals.rows import AGAIN, ME, NOW, change_watch, object_key, watch
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, absent, caught, choose, note, present, same, task
from sparkrail.workflow.asl import text as as_text
from sparkrail.workflow.ledger_items import TABLE, from_path, string

_REFUSED = "DynamoDb.TransactionCanceledException"


def arrived(prefix: str, *, again: str) -> States:
    """Tell an object that a run would read from what it would not, and from a call to go on.

    Spark reads nothing whose name, or whose folder's, begins with _ or a dot; uploads of
    `sparkrail run` are kept apart that way. A key that ends in / is a folder made by hand.

    Args:
        prefix: Of the input, ending in /.
        again: The next state of an execution that takes a watch over.
    """
    key = "$.detail.object.key"
    patterns = ("*/", f"{prefix}_*", f"{prefix}.*", f"{prefix}*/_*", f"{prefix}*/.*")
    hidden = [{"Variable": key, "StringMatches": each} for each in patterns]
    uri = "States.Format('s3://{}/{}', $.detail.bucket.name, $.detail.object.key)"
    file = {
        "uri.$": uri,
        "id.$": f"States.Hash({uri}, 'SHA-256')",
        "size.$": "$.detail.object.size",
        "etag.$": "$.detail.object.etag",
        "sequencer.$": "$.detail.object.sequencer",
        "again": {"resume.$": ME},
    }
    return {
        "Woken": choose(
            {**present("$.resume"), "Next": "Again"},
            {**absent(key), "Next": "Unreadable"},
            {"Or": hidden, "Next": "NotRead"},
            otherwise="Arrived",
        ),
        "NotRead": {"Type": "Succeed", "Comment": "No run would read it."},
        "Unreadable": {
            "Type": "Fail",
            "Error": "BadInput",
            "Cause": "This machine takes the events of S3, Object Created, whole.",
        },
        "Arrived": note(file, at=None, then="Note"),
        "Again": note({"resume.$": ME}, at="$.again", then=again),
    }


def noted(job: str, *, machine_arn: str, then: str, failed: str) -> States:
    """Note an object and count it; the one who finds nobody watching watches.

    Args:
        job: Whose file it is.
        machine_arn: This machine, for whoever has to start it again.
        then: The next state of who watches.
        failed: The next state when the ledger cannot be written.
    """
    return {
        "Note": task(
            "aws-sdk:dynamodb:transactWriteItems",
            {"TransactItems": [{"Put": _seen(job)}, {"Put": _new(job)}]},
            then="Count",
            retry=retries.LEDGER,
            catch=[caught("Known", errors=[_REFUSED]), caught(failed)],
        ),
        **_known(job, failed=failed),
        "Count": _count(job, machine_arn, then="IsMine", failed=failed),
        "IsMine": choose(
            {**same("$.watch.row.execution.S", "$.watch.me"), "Next": then}, otherwise="Counted"
        ),
        "Counted": {"Type": "Succeed", "Comment": "Somebody else watches."},
    }


def _known(job: str, *, failed: str) -> States:
    """Read why a note was refused: the object is known as new as this, or two events met."""
    known = "$.known.Item.sequencer.S"
    as_new = {"Variable": known, "StringGreaterThanEqualsPath": "$.sequencer"}
    return {
        "Known": task(
            "aws-sdk:dynamodb:getItem",
            {**TABLE, "Key": object_key(job, "seen", "$.id"), "ConsistentRead": True},
            then="IsKnown",
            keep="$.known",
            retry=retries.LEDGER,
            catch=[caught(failed)],
        ),
        "IsKnown": choose({"And": [present(known), as_new], "Next": "Count"}, otherwise="Later"),
        "Later": {"Type": "Wait", "Seconds": 1, "Next": "Note"},
    }


def _seen(job: str) -> dict[str, Any]:
    """Refuse an event that came before, or that a later one of the same object has overtaken."""
    return {
        **TABLE,
        "Item": {
            **object_key(job, "seen", "$.id"),
            "sequencer": from_path("$.sequencer"),
            "execution": from_path(ME),
        },
        "ConditionExpression": "attribute_not_exists(pk) OR sequencer < :sequencer",
        "ExpressionAttributeValues": {":sequencer": from_path("$.sequencer")},
    }


def _new(job: str) -> dict[str, Any]:
    return {
        **TABLE,
        "Item": {
            **object_key(job, "new", "$.id"),
            "uri": from_path("$.uri"),
            "size": {"N.$": as_text("$.size")},
            "etag": from_path("$.etag"),
            "sequencer": from_path("$.sequencer"),
            "at": from_path(NOW),
        },
    }


def _count(job: str, machine_arn: str, *, then: str, failed: str) -> State:
    """Count the object after it was noted, so that whoever compares counts has seen its row.

    A duplicate is counted too: the one before it may have died between the two.
    """
    kept = {
        "execution": ":me",
        "#open": ":open",
        "since": ":now",
        "#machine": ":machine",
        "#input": ":input",
    }
    taken = ", ".join(f"{name} = if_not_exists({name}, {value})" for name, value in kept.items())
    values = {
        ":me": from_path(ME),
        ":open": string("1"),
        ":now": from_path(NOW),
        ":machine": string(machine_arn),
        ":input": from_path(AGAIN),
        ":one": {"N": "1"},
    }
    change = change_watch(job, f"SET {taken}, newest = :now ADD arrived :one", values)
    return task(
        "aws-sdk:dynamodb:updateItem",
        {**change, "ReturnValues": "ALL_NEW"},
        then=then,
        keep="$.watch",
        select=watch(job, "$.Attributes"),
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )
