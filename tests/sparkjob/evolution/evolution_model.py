"""A model of an Iceberg table, in a few lines: what each change makes of it."""

from dataclasses import replace
from functools import reduce

from sparkjob.column_types import Array, Map, Struct, parse_type
from sparkjob.contracts import Transform
from sparkjob.evolution.changes import (
    AddColumn,
    AddPartition,
    Describe,
    Drop,
    DropPartition,
    Narrow,
    Relax,
    Rename,
    Require,
    SetProperty,
    SortBy,
    Upgrade,
    Widen,
)
from sparkjob.evolution.live_table import DIGESTS, LiveColumn, LiveTable
from sparkjob.evolution.properties import properties_of


def live_column(name, text, *, required=False, doc=""):
    """A column as Iceberg has it, without ids."""
    found = parse_type(text)
    parts = ()
    if isinstance(found, Struct):
        parts = tuple(live_column(each.name, str(each.type)) for each in found.fields)
    elif isinstance(found, Array):
        parts = (live_column("element", str(found.element)),)
    elif isinstance(found, Map):
        key = live_column("key", str(found.key), required=True)
        parts = (key, live_column("value", str(found.value)))
    return LiveColumn(name, str(found), required, doc, parts=parts)


def live_of(contract, *, written=True):
    """The table that a contract creates."""
    return LiveTable(
        columns=tuple(
            live_column(each.name, each.type, required=each.required, doc=each.doc)
            for each in contract.stored
        ),
        partition={str(each): each for each in contract.stored_partition},
        sort=contract.sort,
        format_version=contract.format_version,
        properties={**properties_of(contract), DIGESTS: contract.digest},
        written=written,
    )


def applied(changes, live):
    """What the table is after all changes."""
    return reduce(_apply, changes, live)


def _apply(live, change):
    if isinstance(change, Rename):
        return _rename(live, change)
    if isinstance(change, AddColumn):
        return _add(live, change)
    if type(change) in _EDITS:
        return _edit(live, change.column, lambda each: _EDITS[type(change)](each, change))
    return _apply_to_table(live, change)


def _rename(live, change):
    assert live.column(change.column) is None
    live = _edit(live, change.before, lambda each: replace(each, name=change.column))
    return replace(
        live,
        partition=_moved(live.partition, change),
        former=_moved(live.former, change),
        sort=tuple(_moved(dict(enumerate(live.sort)), change).values()),
    )


def _narrowed(each, change):
    return live_column(each.name, change.type, required=change.required, doc=change.doc)


_EDITS = {
    Widen: lambda each, change: replace(each, type=change.type),
    Relax: lambda each, _: replace(each, required=False),
    Require: lambda each, _: replace(each, required=True),
    Describe: lambda each, change: replace(each, doc=change.doc),
    Narrow: _narrowed,
}


def _apply_to_table(live, change):
    if isinstance(change, Drop):
        used = [*live.partition.values(), *live.former.values(), *live.sort]
        assert change.column not in [each.column for each in used]
        kept = tuple(each for each in live.columns if each.name != change.column)
        assert len(kept) == len(live.columns) - 1
        return replace(live, columns=kept)
    if isinstance(change, DropPartition):
        partition = dict(live.partition)
        former = {**live.former, change.name: partition.pop(change.name)}
        return replace(live, partition=partition, former=former)
    if isinstance(change, AddPartition):
        assert live.column(change.transform.column)
        partition = {**live.partition, str(change.transform): change.transform}
        return replace(live, partition=partition)
    if isinstance(change, SortBy):
        return replace(live, sort=change.order)
    if isinstance(change, Upgrade):
        return replace(live, format_version=change.version)
    assert isinstance(change, SetProperty)
    return replace(live, properties={**live.properties, change.column: change.value})


def _moved(transforms, change):
    return {
        key: Transform(change.column, each.name, each.width, each.descending)
        if each.column == change.before
        else each
        for key, each in transforms.items()
    }


def _add(live, change):
    parent, _, name = change.column.rpartition(".")
    new = live_column(name, change.type, required=change.required, doc=change.doc)
    if not parent:
        assert live.column(name) is None
        return replace(live, columns=(*live.columns, new))
    return _edit(live, parent, lambda each: replace(each, parts=(*each.parts, new)))


def _edit(live, path, make):
    name, *rest = path.split(".")
    assert live.column(name) is not None, f"there is no {name}"
    return replace(
        live,
        columns=tuple(
            _edited(each, rest, make) if each.name == name else each for each in live.columns
        ),
    )


def _edited(column, rest, make):
    if not rest:
        return _typed(make(column))
    assert rest[0] in [part.name for part in column.parts], f"{column.name} has no {rest[0]}"
    parts = tuple(
        _edited(part, rest[1:], make) if part.name == rest[0] else part for part in column.parts
    )
    return _typed(replace(column, parts=parts))


def _typed(column):
    """The type's text follows from the parts."""
    inner = [part.type for part in column.parts]
    if column.type.startswith("struct<"):
        inner = [f"{part.name}:{part.type}" for part in column.parts]
    if not column.parts:
        return column
    return replace(column, type=f"{column.type.partition('<')[0]}<{','.join(inner)}>")
