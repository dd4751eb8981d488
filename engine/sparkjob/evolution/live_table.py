"""An Iceberg table as it is, read from the JSON of its metadata; no Spark needed.

The JSON is that of Iceberg's specification, appendix C, so any reader of Iceberg can give it:
PyIceberg by `table.metadata.model_dump_json()`, Java by its `SchemaParser` and the like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple

from sparkjob.contracts import Transform

DIGESTS = "sparkrail.contracts"
MAX_DIGESTS = 20
_NO_SNAPSHOT = (None, -1)
_TRANSFORM = re.compile(r"(\w+)(?:\[(\d+)\])?")
_SPARK = {"long": "bigint", "timestamptz": "timestamp", "timestamp": "timestamp_ntz"}


@dataclass(frozen=True)
class LiveColumn:
    """A column, or a part of one.

    Args:
        name: As the table has it; of the parts of an array `element`, of a map `key` and `value`.
        type: In Spark's words; what Spark has no word for, in Iceberg's.
        required: Whether it never is null.
        doc: What it means.
        id: Iceberg's field id. None: not known.
        parts: Fields of a struct, the element of an array, key and value of a map.
    """

    name: str
    type: str
    required: bool = False
    doc: str = ""
    id: Optional[int] = None
    parts: Tuple[LiveColumn, ...] = ()


@dataclass(frozen=True)
class LiveTable:
    """What is there.

    Args:
        columns: In the table's order.
        partition: Partition fields by name, as new files are split.
        sort: What new files are sorted by.
        format_version: Of Iceberg.
        properties: Table properties.
        written: Whether it has rows, or had some, which a rollback would bring back.
        former: Partition fields by name that only older files are split by. Iceberg still needs
            their columns.
    """

    columns: Tuple[LiveColumn, ...]
    partition: Mapping[str, Transform] = field(default_factory=dict)
    sort: Tuple[Transform, ...] = ()
    format_version: int = 2
    properties: Mapping[str, str] = field(default_factory=dict)
    written: bool = True
    former: Mapping[str, Transform] = field(default_factory=dict)

    @property
    def digests(self) -> Tuple[str, ...]:
        """Digests of the contracts that shaped the table, oldest first."""
        return tuple(filter(None, self.properties.get(DIGESTS, "").split(",")))

    def column(self, name: str) -> Optional[LiveColumn]:
        """The column of that name, if there is one."""
        return next((each for each in self.columns if each.name == name), None)


def live_table(metadata: Mapping[str, Any]) -> LiveTable:
    """Read a table's metadata.

    Args:
        metadata: The JSON document of Iceberg's specification; of its schemas, sort orders and
            snapshots only the current ones are looked at, of its partition specs all.
    """
    schema = _by_id(metadata["schemas"], "schema-id", metadata["current-schema-id"])
    columns = tuple(_column(each) for each in schema["fields"])
    names = _names(schema)
    specs = metadata["partition-specs"]
    spec = _by_id(specs, "spec-id", metadata["default-spec-id"])
    order = _by_id(metadata["sort-orders"], "order-id", metadata["default-sort-order-id"])
    partition = _fields(spec, names)
    return LiveTable(
        columns=columns,
        partition=partition,
        sort=tuple(_transform(each, names) for each in order["fields"]),
        format_version=metadata["format-version"],
        properties=dict(metadata.get("properties") or {}),
        written=_written(metadata),
        former={
            name: transform
            for other in specs
            for name, transform in _fields(other, names).items()
            if name not in partition
        },
    )


def _by_id(found: List[Dict[str, Any]], key: str, wanted: int) -> Dict[str, Any]:
    return next(each for each in found if each[key] == wanted)


def _column(found: Mapping[str, Any]) -> LiveColumn:
    made = _typed(found["name"], found["type"])
    return LiveColumn(
        name=made.name,
        type=made.type,
        required=found["required"],
        doc=found.get("doc") or "",
        id=found["id"],
        parts=made.parts,
    )


def _typed(name: str, found: Any) -> LiveColumn:  # noqa: ANN401  a word or an object
    if isinstance(found, str):
        return LiveColumn(name, _SPARK.get(found, found.replace(" ", "")))
    if found["type"] == "struct":
        parts = tuple(_column(each) for each in found["fields"])
        fields = ",".join(f"{part.name}:{part.type}" for part in parts)
        return LiveColumn(name, f"struct<{fields}>", parts=parts)
    kinds = ("element",) if found["type"] == "list" else ("key", "value")
    parts = tuple(
        _column(
            {
                "name": kind,
                "type": found[kind],
                "id": found[f"{kind}-id"],
                "required": found.get(f"{kind}-required", True),
            }
        )
        for kind in kinds
    )
    word = "array" if found["type"] == "list" else "map"
    return LiveColumn(name, f"{word}<{','.join(part.type for part in parts)}>", parts=parts)


def _names(schema: Mapping[str, Any]) -> Dict[int, str]:
    found: Dict[int, str] = {}

    def walk(column: LiveColumn, path: str) -> None:
        if column.id is not None:
            found[column.id] = path
        for part in column.parts:
            walk(part, f"{path}.{part.name}")

    for each in schema["fields"]:
        walk(_column(each), each["name"])
    return found


def _fields(spec: Mapping[str, Any], names: Mapping[int, str]) -> Dict[str, Transform]:
    """The partition fields of a spec; `void` is what format 1 leaves of one that is gone."""
    return {
        each["name"]: _transform(each, names)
        for each in spec["fields"]
        if each["transform"] != "void"
    }


def _transform(found: Mapping[str, Any], names: Mapping[int, str]) -> Transform:
    column = names.get(found.get("source-id", -1), f"field {found.get('source-id')}")
    match = _TRANSFORM.fullmatch(found["transform"])
    word, width = match.groups() if match else (found["transform"], None)
    return Transform(column, word, int(width) if width else None, found.get("direction") == "desc")


def _written(metadata: Mapping[str, Any]) -> bool:
    current = metadata.get("current-snapshot-id")
    if current in _NO_SNAPSHOT:
        return False
    snapshots = {each["snapshot-id"]: each for each in metadata.get("snapshots") or ()}
    newest = snapshots.get(current, {})
    only_one = newest and newest.get("parent-snapshot-id") in _NO_SNAPSHOT
    return not (only_one and (newest.get("summary") or {}).get("total-records") == "0")
