"""Rows of the run ledger that the machine of a job's files keeps.

    pk files#<job>   sk watch         one: how many objects were counted, who watches, which batch
                                      is being cut and how far
    pk files#<job>   sk seen#<hash>   one per object, for ever: its newest version that was noted
    pk files#<job>   sk new#<hash>    one per object that no batch has yet

The row `watch` has execution, machine, input, open and since while somebody watches: whoever finds
that execution dead starts the machine with that input, and it goes on where the dead one was.
It has phase, batch, page and bound while a batch is being cut. (docs/adr/0011-files-settle.md)
"""

from __future__ import annotations

from typing import Any

from sparkrail.workflow.asl import formatted
from sparkrail.workflow.ledger_items import TABLE, from_path, string

ME = "$$.Execution.Id"
NOW = "$$.State.EnteredTime"
AGAIN = "States.JsonToString($.again)"
"""The input with which the watch of this execution is taken over."""

FIRST = "new#"
"""What the sort keys of all objects without a batch begin with."""

_ATTRIBUTES = {
    "#at": "at",
    "#batch": "batch",
    "#input": "input",
    "#last": "last",
    "#machine": "machine",
    "#open": "open",
    "#page": "page",
    "#size": "size",
    "#uri": "uri",
}
"""Names that DynamoDB keeps for itself, or may one day."""


def partition(job: str) -> str:
    """Partition of all rows of a job's files."""
    return f"files#{job}"


def watch_key(job: str) -> dict[str, Any]:
    """Key of the row that says who watches."""
    return {"pk": string(partition(job)), "sk": string("watch")}


def object_key(job: str, kind: str, path: str) -> dict[str, Any]:
    """Key of an object's row.

    Args:
        job: Whose file it is.
        kind: `seen` or `new`.
        path: Leads to the hash of the object's URI.
    """
    return {"pk": string(partition(job)), "sk": from_path(formatted(f"{kind}#{{}}", path))}


def change_watch(
    job: str, expression: str, values: dict[str, Any], *, only_if: str | None = None
) -> dict[str, Any]:
    """Change the row of the watch.

    Args:
        job: Whose files they are.
        expression: What changes; names with # are those of reserved words.
        values: Of the placeholders in both expressions.
        only_if: Condition. Default: none.
    """
    both = f"{expression} {only_if or ''}"
    return {
        **TABLE,
        "Key": watch_key(job),
        "UpdateExpression": expression,
        **({"ConditionExpression": only_if} if only_if else {}),
        **names_in(both),
        **({"ExpressionAttributeValues": values} if values else {}),
    }


def names_in(expression: str) -> dict[str, Any]:
    """Say what the names with # in an expression stand for."""
    used = {mark: name for mark, name in _ATTRIBUTES.items() if mark in expression}
    return {"ExpressionAttributeNames": used} if used else {}


def watch(job: str, source: str) -> dict[str, Any]:
    """Keep the row of the watch as a task returned it, with what the next states compare it with.

    Args:
        job: Whose files they are.
        source: Where the row is in the task's result.
    """
    front = {"pk": string(partition(job)), "sk": string(FIRST)}
    return {"row.$": source, "me.$": ME, "from": front}
