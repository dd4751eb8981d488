"""Values of a key column: what is read of them, how far they are apart, how SQL says them.

No Spark needed. A value is what compares as the column does and is exact: a whole number (a date
as days, a timestamp as microseconds, both since 1970), a Decimal, or the bytes of a string.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Union

Value = Union[int, Decimal, bytes]
"""The value of a key, exact and in the column's order."""

RANGED = ("int", "bigint", "date", "timestamp", "timestamp_ntz", "string")
"""Types of columns of which ranges can be said; decimals as well."""

_PLAIN = re.compile(rb"[A-Za-z0-9 _.:/@,;=+-]*")
_BYTES = 24  # as many bytes behind the common beginning decide how far strings are apart
_EPOCH = datetime(1970, 1, 1)


def has_ranges(type_: str) -> bool:
    """Whether ranges can be said of a column of this type, by Spark's name."""
    return type_ in RANGED or type_.startswith("decimal(")


def literal(value: Value, type_: str) -> str:
    """Write a value as SQL that has exactly this type, whatever the session's settings.

    >>> literal(7, "bigint"), literal(19000, "date")
    ('7L', "DATE'2022-01-08'")

    Raises:
        ValueError: SQL has no literal for it: a year outside 1 to 9999, or bytes that are no text.
    """
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, Decimal):
        return f"CAST({value:f}BD AS {type_.upper()})"
    if type_ == "date":
        return f"DATE'{_day(value).isoformat()}'"
    if type_ == "timestamp":
        return f"TIMESTAMP'{_moment(value).isoformat(' ', 'microseconds')}Z'"
    if type_ == "timestamp_ntz":
        return f"TIMESTAMP_NTZ'{_moment(value).isoformat(' ', 'microseconds')}'"
    return f"{value}L" if type_ == "bigint" else str(value)


def distance(low: Value, high: Value, skip: int = 0) -> Fraction:
    """How far two values are apart, exact for numbers.

    Args:
        low: The smaller one.
        high: The greater one.
        skip: Of strings, how many bytes all of them begin with and need not be looked at.
    """
    if isinstance(low, bytes) and isinstance(high, bytes):
        return Fraction(_as_number(high, skip) - _as_number(low, skip))
    return Fraction(high) - Fraction(low)  # type: ignore[arg-type]


def common_beginning(low: Value, high: Value) -> int:
    """How many bytes two strings, hence all between them, begin with; 0 for others."""
    if not (isinstance(low, bytes) and isinstance(high, bytes)):
        return 0
    same = 0
    while same < min(len(low), len(high)) and low[same] == high[same]:
        same += 1
    return same


def _as_number(text: bytes, skip: int) -> int:
    return int.from_bytes(text[skip : skip + _BYTES].ljust(_BYTES, b"\0"), "big")


def _text(value: bytes) -> str:
    """Quotes, backslashes and variables (`${..}`) mean something in SQL; bytes never do."""
    value.decode("utf-8")
    if _PLAIN.fullmatch(value):
        return f"'{value.decode()}'"
    return f"CAST(X'{value.hex().upper()}' AS STRING)"


def _day(days: int) -> date:
    try:
        return _EPOCH.date() + timedelta(days=days)
    except OverflowError:
        raise ValueError(f"{days} days since 1970 are no date from year 1 to 9999") from None


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise ValueError(f"{micros} us since 1970 are no time from year 1 to 9999") from None
