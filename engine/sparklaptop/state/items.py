"""DynamoDB items: a row each, written by the calls that change items, transactions included."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from sparklaptop.state.rows import Rows
from sparklaptop.untyped import MotoObject

_KIND = "item"
# Statements of SQL do not say which items they change.
STATEMENTS = frozenset({"BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction"})
CHANGES = frozenset({"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"})


def touched(operation: str, asked: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The tables and keys (or whole items) that a call changes.

    Args:
        operation: One of CHANGES.
        asked: Its parameters.
    """
    if operation == "BatchWriteItem":
        return [
            (table, change["PutRequest"]["Item"] if "PutRequest" in change else _deleted(change))
            for table, changes in asked["RequestItems"].items()
            for change in changes
        ]
    if operation == "TransactWriteItems":
        return [
            (one["TableName"], one.get("Item") or one["Key"])
            for item in asked["TransactItems"]
            for kind, one in item.items()
            if kind != "ConditionCheck"
        ]
    return [(asked["TableName"], asked["Item"] if operation == "PutItem" else asked["Key"])]


def _deleted(change: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = change["DeleteRequest"]["Key"]
    return found


class Items:
    """Keeps the items of one account.

    Args:
        rows: Where to.
        account: Whose.
    """

    def __init__(self, rows: Rows, account: str) -> None:
        self._rows = rows
        self._account = account
        # By region and name: which table the rows belong to.
        self._known: dict[tuple[str, str], int] = {}

    def save(self, region: str, changed: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep these items as they are now; all of them or none."""
        with self._rows.together():
            for name, values in changed:
                table = self._table(region, name)
                self._save(region, table, values)

    def _table(self, region: str, name: str) -> MotoObject:
        return dynamodb_backends[self._account][region].tables[name.rpartition("/")[2]]

    def _save(self, region: str, table: MotoObject, values: Mapping[str, Any]) -> None:
        first = DynamoType(values[table.hash_key_attr])
        sort = table.range_key_attr if table.has_range_key else None
        second = DynamoType(values[sort]) if sort else None
        found = table.items.get(first)
        item = found.get(second) if second is not None and found is not None else found
        key = _row(region, table, first, second)
        if item is None:
            self._rows.drop(_KIND, key)
        else:
            self._rows.put(_KIND, key, (first, second, item))

    def follow(self) -> None:
        """Forget the items of tables that are gone, keep those that a new table came with."""
        now = {
            (region, name): table
            for region, backend in dynamodb_backends[self._account].items()
            for name, table in backend.tables.items()
        }
        with self._rows.together():
            for place in [one for one in self._known if id(now.get(one)) != self._known[one]]:
                self._rows.drop_under(_KIND, "{}/{}|".format(*place))
                del self._known[place]
            for (region, name), table in now.items():
                if (region, name) not in self._known:
                    self._save_all(region, table)
                    self._known[region, name] = id(table)

    def save_everything(self) -> None:
        """Keep all items of all tables, once nobody knows which have changed."""
        with self._rows.together():
            self._known = dict.fromkeys(self._known, 0)
            self.follow()

    def _save_all(self, region: str, table: MotoObject) -> None:
        for first, found in table.items.items():
            several = found.items() if table.has_range_key else [(None, found)]
            for second, item in several:
                self._rows.put(_KIND, _row(region, table, first, second), (first, second, item))

    def restore(self) -> None:
        """Fill the tables, which are there already."""
        for key, (first, second, item) in self._rows.all(_KIND):
            region, _, name = key.partition("|")[0].partition("/")
            table = self._table(region, name)
            if second is None:
                table.items[first] = item
            else:
                table.items[first][second] = item
        self._known = {
            (region, name): id(table)
            for region, backend in dynamodb_backends[self._account].items()
            for name, table in backend.tables.items()
        }


def _row(region: str, table: MotoObject, first: MotoObject, second: MotoObject) -> str:
    values = [one.to_json() if one is not None else None for one in (first, second)]
    return f"{region}/{table.name}|{json.dumps(values, sort_keys=True, default=str)}"
