"""What splits a table's files and what sorts them: columns, and Iceberg's transforms of columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from sparkmodel.base import Text
from sparkmodel.column import MOMENTS, TIMES, Column, unknown_column
from sparkmodel.problems import Finding, listed, nearest, refuse
from sparkmodel.shared import SIMPLE, Transform, parse_transform

_CUT = ("int", "long", "decimal", "string", "binary")
_EXACT = (*(word for word in SIMPLE if word not in ("float", "double")), "decimal")
GOES_WITH: Mapping[str, tuple[str, ...]] = {
    "identity": _EXACT,
    "year": TIMES,
    "month": TIMES,
    "day": TIMES,
    "hour": MOMENTS,
    "bucket": tuple(word for word in _EXACT if word != "boolean"),
    "truncate": _CUT,
}
"""Types of columns that a transform can be made of."""

_WITH_WIDTH = ("bucket", "truncate")
_OF_TIME = ("year", "month", "day", "hour")
_FORMS = "column, year(column), month(column), day(column), hour(column), bucket(16, column)"
_ALLOWED = f"Allowed: {_FORMS}, truncate(10, column)."
_WIDEST = 2**31 - 1
_LOOSE = re.compile(r"\s*(\w+)\s*\(\s*(\w+)\s*(?:,\s*(\w+)\s*)?\)\s*(desc|asc)?\s*", re.IGNORECASE)
_PATTERN = r"(\w+|(identity|year|month|day|hour)\(\w+\)|(bucket|truncate)\([\d_]+, ?\w+\))"


def _partition(text: str) -> str:
    found = _read(text)
    if found.descending:
        raise refuse(
            "has a direction, but files are split, not sorted. The order of rows is: sort = [...].",
            nearest=str(found).removesuffix(" desc"),
        )
    return str(found)


def _sort(text: str) -> str:
    return str(_read(text))


def _read(text: str) -> Transform:
    try:
        found = parse_transform(text)
    except ValueError:
        raise refuse(
            f"is not a column or a transform of one. {_ALLOWED}", nearest=_corrected(text)
        ) from None
    if found.name not in GOES_WITH:
        raise refuse(f"is not a transform. {_ALLOWED}", nearest=_corrected(text))
    if found.name in _WITH_WIDTH and found.width is None:
        near = f"{found.name}(16, {found.column})"
        raise refuse(f"needs a width. {_ALLOWED}", nearest=near)
    if found.name not in _WITH_WIDTH and found.width is not None:
        near = f"{found.name}({found.column})"
        raise refuse(f"needs no width: only bucket and truncate have one. {_ALLOWED}", nearest=near)
    if found.width is not None and not 1 <= found.width <= _WIDEST:
        raise refuse(f"has a width out of bounds: 1 to {_WIDEST}.")
    return found


def _corrected(text: str) -> str | None:
    """Find what was probably meant: a word, the order of what is in brackets, spaces."""
    bare = re.fullmatch(r"\s*(\w+)\s+(desc|asc)\s*", text, re.IGNORECASE)
    if bare:
        return bare[1] + (" desc" if bare[2].lower() == "desc" else "")
    match = _LOOSE.fullmatch(text)
    name = nearest(match[1], GOES_WITH) if match else None
    if match is None or name is None:
        return None
    parts = sorted(filter(None, match.group(2, 3)), key=lambda part: not part.isdigit())
    inside = [part.isdigit() for part in parts]
    if inside != ([True, False] if name in _WITH_WIDTH else [False]):
        return None
    return f"{name}({listed(parts)})" + (" desc" if (match[4] or "").lower() == "desc" else "")


PartitionText = Annotated[
    Text, AfterValidator(_partition), Field(json_schema_extra={"pattern": f"^{_PATTERN}$"})
]
SortText = Annotated[
    Text, AfterValidator(_sort), Field(json_schema_extra={"pattern": f"^{_PATTERN}( desc)?$"})
]


def partition_findings(
    partition: tuple[str, ...], columns: Mapping[str, Column]
) -> Iterator[Finding]:
    """Say what in a partition names no column, does not fit its type, or is refused by Iceberg.

    Args:
        partition: As the contract writes it.
        columns: The columns as they are stored.
    """
    seen: dict[str, str] = {}
    timed: dict[str, str] = {}
    for index, text in enumerate(partition):
        path, transform = ("partition", index), parse_transform(text)
        if finding := _misfit(path, transform, columns, GOES_WITH):
            yield finding
        elif fault := _fault_of_part(transform, columns, seen, timed):
            yield Finding(path=path, text=fault)
        seen.setdefault(_part(transform), text)
        if transform.name in _OF_TIME:
            timed.setdefault(transform.column, text)


def _fault_of_part(
    transform: Transform,
    columns: Mapping[str, Column],
    seen: Mapping[str, str],
    timed: Mapping[str, str],
) -> str | None:
    part = _part(transform)
    if part in seen:
        return f"is there twice: Iceberg takes it for {seen[part]}."
    if transform.name in _OF_TIME and transform.column in timed:
        return f"says the same as {timed[transform.column]} in another way. Keep the finer one."
    with_width = f"{part}_{transform.width}"  # what Iceberg calls a part that is added later
    taken = next((name for name in (part, with_width) if name in columns), None)
    if transform.name != "identity" and taken is not None:
        return f'is called "{taken}" by Iceberg, as a column is. Give the column another name.'
    return None


def sort_findings(sort: tuple[str, ...], columns: Mapping[str, Column]) -> Iterator[Finding]:
    """Say what in a sort order names no column, does not fit its type, or is there twice.

    Args:
        sort: As the contract writes it.
        columns: The columns as they are stored.
    """
    goes_with = {**GOES_WITH, "identity": (*_EXACT, "float", "double")}
    seen: set[str] = set()
    for index, text in enumerate(sort):
        path, transform = ("sort", index), parse_transform(text)
        if finding := _misfit(path, transform, columns, goes_with):
            yield finding
        elif transform.sql in seen:
            yield Finding(path=path, text="is there twice: the second time changes nothing.")
        seen.add(transform.sql)


def _misfit(
    path: tuple[str | int, ...],
    transform: Transform,
    columns: Mapping[str, Column],
    goes_with: Mapping[str, tuple[str, ...]],
) -> Finding | None:
    if unknown := unknown_column(path, transform.column, columns):
        return unknown
    column = columns[transform.column]
    if column.word in goes_with[transform.name]:
        return None
    name = "a column as it is" if transform.name == "identity" else transform.name
    fitting = [each for each, words in goes_with.items() if column.word in words]
    others = f"With {column.word}: {listed(fitting)}." if fitting else "Choose another column."
    return Finding(
        path=path,
        text=f"does not fit {transform.column}, which is {column.type}: {name} goes with "
        f"{listed(goes_with[transform.name])}. {others}",
    )


def _part(transform: Transform) -> str:
    """Name a part as Iceberg does, which allows each name once."""
    if transform.name == "identity":
        return transform.column
    suffix = "trunc" if transform.name == "truncate" else transform.name
    return f"{transform.column}_{suffix}"
