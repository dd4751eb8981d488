"""Which type may become which, and what that costs; no Spark needed."""

from __future__ import annotations

from typing import Optional

from sparkjob.column_types import ColumnType, Decimal, Primitive, parse_type

_WHOLE_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_FLOATING = ("float", "double")
_EXACT = {  # every value of the first is one of the second
    "tinyint": ("smallint", "int", "bigint", "float", "double"),
    "smallint": ("int", "bigint", "float", "double"),
    "int": ("bigint", "double"),
    "float": ("double",),
}
_MOMENTS = ("date", "timestamp", "timestamp_ntz")


def read_type(text: str) -> Optional[ColumnType]:
    """The type of a text; None if contracts have no word for it, such as `void` or `uuid`."""
    if text in _WHOLE_DIGITS:
        return Primitive(text)
    try:
        return parse_type(text)
    except ValueError:
        return None


def widens(before: ColumnType, after: ColumnType) -> bool:
    """Whether Iceberg makes the one into the other without touching a file.

    Iceberg's specification, "Schema Evolution": int to long, float to double, a decimal of more
    digits and the same scale.

    >>> widens(parse_type("int"), parse_type("long"))
    True
    """
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        return before.scale == after.scale and before.precision < after.precision
    return (str(before), str(after)) in {("int", "bigint"), ("float", "double")}


def keeps_values(before: ColumnType, after: ColumnType) -> bool:
    """Whether every value of a simple type is also one of the other, so that a cast is safe.

    A long is not: a double has 53 bits for its digits.

    >>> keeps_values(parse_type("long"), parse_type("double"))
    False
    """
    if before == after:
        return True
    if isinstance(after, Decimal):
        before_whole = (
            before.precision - before.scale
            if isinstance(before, Decimal)
            else _WHOLE_DIGITS.get(str(before), after.precision + 1)
        )
        before_scale = before.scale if isinstance(before, Decimal) else 0
        return before_whole <= after.precision - after.scale and before_scale <= after.scale
    return str(after) in _EXACT.get(str(before), ())


def can_be_tried(before: ColumnType, after: ColumnType) -> bool:
    """Whether Spark casts the one to the other, though perhaps not each value.

    Numbers to numbers, anything simple to text and back, dates to timestamps and back.
    """
    first, second = _kind(before), _kind(after)
    simple = {"number", "text", "moment", "boolean"}
    if first not in simple or second not in simple:
        return False
    return first == second or "text" in (first, second)


def _kind(found: ColumnType) -> str:
    name = str(found)
    if isinstance(found, Decimal) or name in _WHOLE_DIGITS or name in _FLOATING:
        return "number"
    if name in _MOMENTS:
        return "moment"
    return {"string": "text"}.get(name, name)
