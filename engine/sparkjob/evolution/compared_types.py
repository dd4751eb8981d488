"""One column's type against what the table has, part by part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Tuple

from sparkjob.column_types import Array, ColumnType, Field, Map, Struct, parse_type
from sparkjob.evolution.changes import AddColumn, Change, Relax, Widen
from sparkjob.evolution.live_table import LiveColumn
from sparkjob.evolution.types import can_be_tried, read_type, widens


@dataclass(frozen=True)
class Misfit:
    """A part whose type does not become the contract's by itself."""

    path: str
    before: str
    after: ColumnType

    @property
    def can_be_tried(self) -> bool:
        """Whether Spark has a cast for it."""
        before = read_type(self.before)
        return before is not None and can_be_tried(before, self.after)


@dataclass
class Compared:
    """What comparing found.

    Args:
        changes: What Iceberg does without touching a file.
        misfits: Types that do not fit.
        gone: Fields that the table has and the contract does not.
    """

    changes: List[Change] = field(default_factory=list)
    misfits: List[Misfit] = field(default_factory=list)
    gone: List[str] = field(default_factory=list)


def compare(path: str, wanted: ColumnType, live: LiveColumn) -> Compared:
    """Compare a column, or a part of one, with its type in the contract."""
    found = Compared()
    _compare(path, wanted, live, found)
    return found


def _compare(path: str, wanted: ColumnType, live: LiveColumn, found: Compared) -> None:
    parts = {part.name: part for part in live.parts}
    if isinstance(wanted, Struct) and live.type.startswith("struct<"):
        _fields(path, wanted, live, found)
    elif isinstance(wanted, Array) and live.type.startswith("array<"):
        _part(f"{path}.element", wanted.element, parts["element"], found)
    elif isinstance(wanted, Map) and live.type.startswith("map<"):
        if parts["key"].type != str(wanted.key):  # Iceberg changes no keys
            found.misfits.append(Misfit(f"{path}.key", parts["key"].type, wanted.key))
        _part(f"{path}.value", wanted.value, parts["value"], found)
    elif live.type != str(wanted):
        before = read_type(live.type)
        if before is not None and widens(before, wanted):
            found.changes.append(Widen(path, live.type, str(wanted)))
        else:
            found.misfits.append(Misfit(path, live.type, wanted))


def _fields(path: str, wanted: Struct, live: LiveColumn, found: Compared) -> None:
    there = {part.name: part for part in live.parts}
    for each in wanted.fields:
        part = there.pop(each.name, None)
        if part is None:
            found.changes.append(AddColumn(f"{path}.{each.name}", str(each.type)))
        else:
            _part(f"{path}.{each.name}", each.type, part, found)
    found.gone += [f"{path}.{name}" for name in there]


def _part(path: str, wanted: ColumnType, live: LiveColumn, found: Compared) -> None:
    if live.required:  # contracts promise this of columns only
        found.changes.append(Relax(path))
    _compare(path, wanted, live, found)


def in_order_of(live: LiveColumn, wanted: ColumnType) -> ColumnType:
    """The contract's type with the fields of structs as the table has them: casts go by place."""
    if isinstance(wanted, Struct):
        types = {each.name: each.type for each in wanted.fields}
        ordered: Tuple[Field, ...] = tuple(
            Field(part.name, in_order_of(part, types[part.name])) for part in live.parts
        )
        return Struct(ordered)
    if isinstance(wanted, Array):
        return Array(in_order_of(live.parts[0], wanted.element))
    return wanted


def fits_older(wanted: str, live: LiveColumn) -> bool:
    """Whether an older release's type can be written: the table's is the same or wider."""
    return _fits(parse_type(wanted), live)


def _fits(wanted: ColumnType, live: LiveColumn) -> bool:
    parts = {part.name: part for part in live.parts}
    if isinstance(wanted, Struct) and live.type.startswith("struct<"):
        named = {each.name for each in wanted.fields}
        return all(
            each.name in parts and _fits(each.type, parts[each.name]) for each in wanted.fields
        ) and not any(part.required for part in live.parts if part.name not in named)
    if isinstance(wanted, Array) and live.type.startswith("array<"):
        return _fits(wanted.element, parts["element"])
    if isinstance(wanted, Map) and live.type.startswith("map<"):
        return str(wanted.key) == parts["key"].type and _fits(wanted.value, parts["value"])
    if live.type == str(wanted):
        return True
    found = read_type(live.type)
    return found is not None and widens(wanted, found)
