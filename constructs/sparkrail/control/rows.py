"""Rows of the ledger as the keeper reads and changes them; `$.read.Item` is the row in question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparkrail.workflow.ledger import OPEN_INDEX
from sparkrail.workflow.ledger_items import TABLE, Item, from_path, string

ROW = "$.read.Item"
HOLDER = {":holder": from_path(f"{ROW}.execution.S")}
NOT_ANY_MORE = "DynamoDb.ConditionalCheckFailedException"
CANCELLED = "DynamoDb.TransactionCanceledException"


def key(partition: str, sort: str) -> Item:
    """Key of a row whose parts paths or intrinsic functions give."""
    return {"pk": from_path(partition), "sk": from_path(sort)}


def marked(
    mark: str,
    *,
    show: str,
    most: int,
    names: Mapping[str, str] | None = None,
    after: str | None = None,
) -> dict[str, Any]:
    """Ask for the rows that carry a mark, the oldest first.

    Args:
        mark: `1`, `queue` or `lock`.
        show: Attributes that are needed; a page must fit into the data of a state.
        most: Rows that are looked at for one page.
        names: What `show` and conditions call attributes. Default: only `#open`.
        after: Path to the key that the last page ended with. Default: the first page.
    """
    return {
        **TABLE,
        "IndexName": OPEN_INDEX,
        "KeyConditionExpression": "#open = :mark",
        "ProjectionExpression": show,
        "ExpressionAttributeNames": {"#open": "open", **(names or {})},
        "ExpressionAttributeValues": {":mark": string(mark)},
        "Limit": most,
        **({"ExclusiveStartKey.$": after} if after else {}),
    }


def change(expression: str, *, only_if: str, values: Item, where: Item | None = None) -> Item:
    """Change the row in question, if its holder still has it.

    Args:
        expression: The update; `#s` is the state and `#o` the mark `open`.
        only_if: What else must hold.
        values: Of both.
        where: Key of the row. Default: that of the row in question.
    """
    text = expression + only_if
    names = {"#s": "state", "#o": "open"}
    return {
        **TABLE,
        "Key": where or key(f"{ROW}.pk.S", f"{ROW}.sk.S"),
        "UpdateExpression": expression,
        "ConditionExpression": f"execution = :holder AND {only_if}",
        "ExpressionAttributeNames": {mark: names[mark] for mark in names if mark in text},
        "ExpressionAttributeValues": HOLDER | values,
    }


def unlock() -> Item:
    """Take the lock of the row in question from its holder."""
    return {
        **TABLE,
        "Key": key(f"{ROW}.pk.S", f"{ROW}.lock.S"),
        "ConditionExpression": "attribute_not_exists(execution) OR execution = :holder",
        "ExpressionAttributeValues": HOLDER,
    }
