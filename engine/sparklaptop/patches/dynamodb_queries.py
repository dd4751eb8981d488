"""A query of DynamoDB looks at what has the key that it asks for, not at the whole table in order.

moto sorts every item of the table for each query: with some thousand runs in the ledger, what the
queue and the keeper ask took most of the time of the laptop cloud.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from sparklaptop.untyped import MotoObject

_asked = threading.local()


def apply() -> None:
    """Leave out what cannot match before anything is sorted."""
    query, all_items = Table.query, Table.all_items

    def narrow_query(self: MotoObject, *given: MotoObject, **more: MotoObject) -> MotoObject:
        _asked.table, _asked.keys = self, more.get("hash_key_conditions")
        try:
            return query(self, *given, **more)
        finally:
            _asked.table = None

    def matching_items(self: MotoObject) -> list[MotoObject]:
        if getattr(_asked, "table", None) is not self or not _asked.keys:
            items: list[MotoObject] = all_items(self)
            return items
        found = [item for item in _candidates(self, _asked.keys) if _has(item, _asked.keys)]
        return sorted(found, key=_order)

    Table.query = narrow_query
    Table.all_items = matching_items


def _candidates(table: MotoObject, keys: list[tuple[str, DynamoType]]) -> Iterator[MotoObject]:
    own = dict(keys).get(table.hash_key_attr)
    parts = table.items.values() if own is None else filter(None, [table.items.get(own)])
    for part in parts:
        if table.range_key_attr:
            yield from part.values()
        else:
            yield part


def _has(item: MotoObject, keys: list[tuple[str, DynamoType]]) -> bool:
    for name, wanted in keys:
        value = item.attrs.get(name)
        # Most are decided by their text; comparing as DynamoDB does is slow.
        if value is None or (value.value != wanted.value and value != wanted):
            return False
    return True


def _order(item: MotoObject) -> MotoObject:
    return (item.hash_key, item.range_key) if item.range_key else item.hash_key
