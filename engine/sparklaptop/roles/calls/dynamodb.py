"""DynamoDB: each item of a transaction by itself, and the partition keys that a request names.

(DynamoDB developer guide, "IAM policy conditions for fine-grained access control".)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need
from sparklaptop.untyped import MotoObject

# There is no permission for a transaction itself.
_OF_TRANSACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")


def needs(request: Request, account: Account) -> list[Need]:
    """Which permissions a DynamoDB request needs."""
    operation, given = request.operation, request.parameters
    if "TransactItems" in given:
        return [
            Need(
                f"dynamodb:{_OF_TRANSACTIONS.get(kind, kind)}",
                _arn(account, item["TableName"]),
                _context(account, item["TableName"], [item], item),
            )
            for each in given["TransactItems"]
            for kind, item in each.items()
        ]
    if isinstance(given.get("RequestItems"), dict):
        return [
            Need(f"dynamodb:{operation}", _arn(account, table), _batch(account, table, asked))
            for table, asked in given["RequestItems"].items()
        ]
    table = given.get("TableName") or given.get("ResourceArn")
    if not table:
        return [Need(f"dynamodb:{operation}", "*")]
    index = f"/index/{given['IndexName']}" if given.get("IndexName") else ""
    context = _context(account, table, [given], given)
    return [Need(f"dynamodb:{operation}", _arn(account, table) + index, context)]


def _arn(account: Account, table: str) -> str:
    return table if table.startswith("arn:") else account.arn("dynamodb", f"table/{table}")


def _batch(account: Account, table: str, asked: Any) -> Mapping[str, Any]:  # noqa: ANN401
    if isinstance(asked, dict):
        return _context(account, table, [{"Key": key} for key in asked.get("Keys", [])], asked)
    written = [request for each in asked for request in each.values()]
    return _context(account, table, written, {})


def _context(
    account: Account, table: str, items: Iterable[Mapping[str, Any]], given: Mapping[str, Any]
) -> Mapping[str, Any]:
    found = account.table(table)
    context: dict[str, Any] = {}
    if found is not None:
        name = _partition_key(found, given.get("IndexName"))
        if leading := tuple(key for item in items for key in _leading(item, name)):
            context["dynamodb:leadingkeys"] = leading
    if "Select" in given:
        context["dynamodb:select"] = given["Select"]
    if "ReturnValues" in given:
        context["dynamodb:returnvalues"] = given["ReturnValues"]
    return context


def _partition_key(table: MotoObject, index: str | None) -> str:
    if index:
        schema = table.get_index(index).schema
        return next(str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH")
    return str(table.hash_key_attr)


def _leading(item: Mapping[str, Any], name: str) -> Iterator[str]:
    for key in (item.get("Key"), item.get("Item")):
        if key and name in key:
            yield str(next(iter(key[name].values())))
    names = item.get("ExpressionAttributeNames") or {}
    values = item.get("ExpressionAttributeValues") or {}
    for left, right in _EQUALS.findall(item.get("KeyConditionExpression") or ""):
        if names.get(left, left) == name and right in values:
            yield str(next(iter(values[right].values())))
