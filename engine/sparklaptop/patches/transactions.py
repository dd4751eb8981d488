"""DynamoDB transactions that lose nobody's writes.

moto copies whole tables before a transaction and puts the copies back when it is cancelled, over
whatever others wrote meanwhile. Here conditions are checked before anything is written, under one
lock with every other access, and only the transaction's own items are ever put back.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Callable
from typing import Any

from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    ConditionalCheckFailed,
    MockValidationException,
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
    TransactWriteSingleOpException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType

from sparklaptop.untyped import MotoObject

_GUARDED = (
    "delete_item",
    "get_item",
    "put_item",
    "query",
    "scan",
    "transact_write_items",
    "update_item",
)
_MOST_ITEMS = 100
_KINDS = {"ConditionCheck", "Delete", "Put", "Update"}
_EXPRESSIONS = {
    "condition_expression": "ConditionExpression",
    "expression_attribute_names": "ExpressionAttributeNames",
    "expression_attribute_values": "ExpressionAttributeValues",
}


def apply() -> None:
    """Replace transactions, and serialize every access to items."""
    lock = threading.RLock()
    DynamoDBBackend.transact_write_items = _transact
    for name in _GUARDED:
        setattr(DynamoDBBackend, name, _guarded(getattr(DynamoDBBackend, name), lock))


def _guarded(method: Callable[..., Any], lock: threading.RLock) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(*args: MotoObject, **kwargs: MotoObject) -> MotoObject:
        with lock:
            return method(*args, **kwargs)

    return guarded


def _transact(self: MotoObject, transact_items: list[dict[str, Any]]) -> None:
    if len(transact_items) > _MOST_ITEMS:
        raise TooManyTransactionsException()
    operations = [_operation(self, item) for item in transact_items]
    keys = [(table, str(sorted(key.items()))) for _, table, key, _ in operations]
    if len(set(keys)) != len(keys):
        raise MultipleTransactionsException()
    refusals = [_refusal(self, table, key, op) for _, table, key, op in operations]
    if any(code for code, _, _ in refusals):
        raise TransactionCanceledException(refusals)
    _write(self, operations)


def _operation(backend: MotoObject, item: dict[str, Any]) -> tuple[str, str, dict[str, Any], Any]:
    if len(item) != 1:
        raise TransactWriteSingleOpException
    ((kind, op),) = item.items()
    if kind not in _KINDS:
        raise ValueError(f"{kind} is not an operation of a transaction")
    table = backend.get_table(op["TableName"])
    if kind != "Put":
        return kind, op["TableName"], op["Key"], op
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    return kind, op["TableName"], {name: op["Item"][name] for name in names}, op


def _refusal(
    backend: MotoObject, table: str, key: dict[str, Any], op: dict[str, Any]
) -> MotoObject:
    condition = op.get("ConditionExpression")
    if condition is None:
        return None, None, None
    current = backend.get_item(table, key)
    names = op.get("ExpressionAttributeNames")
    values = op.get("ExpressionAttributeValues")
    if get_filter_expression(condition, names, values).expr(current):
        return None, None, None
    shown = op.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and current
    item = current.to_json()["Attributes"] if shown else None
    return "ConditionalCheckFailed", "The conditional request failed", item


def _write(backend: MotoObject, operations: list[tuple[str, str, dict[str, Any], Any]]) -> None:
    before = [
        (table, key, copy.deepcopy(backend.get_item(table, key))) for _, table, key, _ in operations
    ]
    done: list[Any] = []
    for kind, table, key, op in operations:
        try:
            _write_one(backend, kind, table, key, op)
            done.append((None, None, None))
        except (MockValidationException, ConditionalCheckFailed):
            _put_back(backend, before)
            raise
        except Exception as error:
            _put_back(backend, before)
            refusal = (type(error).__name__, str(error), None)
            rest = [(None, None, None)] * (len(operations) - len(done) - 1)
            raise TransactionCanceledException([*done, refusal, *rest]) from error


def _write_one(
    backend: MotoObject, kind: str, table: str, key: dict[str, Any], op: MotoObject
) -> None:
    expressions = {ours: op.get(theirs) for ours, theirs in _EXPRESSIONS.items()}
    if kind == "Put":
        backend.put_item(table, op["Item"], **expressions)
    elif kind == "Delete":
        backend.delete_item(table, key, **expressions)
    elif kind == "Update":
        update = op["UpdateExpression"]
        backend.update_item(table, key, update_expression=update, **expressions)


def _put_back(backend: MotoObject, before: list[tuple[str, dict[str, Any], Any]]) -> None:
    for name, key, item in before:
        table = backend.get_table(name)
        hash_value = DynamoType(key[table.hash_key_attr])
        range_key = table.range_key_attr
        range_value = DynamoType(key[range_key]) if range_key else None
        if item is None:
            table.delete_item(hash_value, range_value)
        elif range_value is None:
            table.items[hash_value] = item
        else:
            table.items[hash_value][range_value] = item
