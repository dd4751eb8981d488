"""Reads which keys the rows of a frame have, as few ranges of a key column."""

from __future__ import annotations

from typing import Callable, Dict, List, Optional

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from sparkjob.merging.ranges import KeyRange, condition, fewest
from sparkjob.merging.values import common_beginning, has_ranges

BUCKETS = 4096
_CROWDED = 16  # a bucket with more than this part of all rows is looked into
_LOOKS = 3
_BYTES = 6  # of a string: as many as a double holds exactly
_SAFE_LONG = 2**62  # a difference below it is a long


def key_ranges(frame: DataFrame, column: str, most: int = 16) -> List[KeyRange]:
    """Say in few ranges which keys a frame has; every key but null is inside one.

    One pass finds the smallest and the greatest key, one counts buckets of equal width between
    them, each with its own smallest and greatest key; then the buckets are joined across the
    smallest gaps. Where one far-off key leaves most rows in one bucket, a further pass (three at
    most) looks into that bucket, so that such a key costs one range and not all precision.

    Args:
        frame: Read two to five times; cache it.
        column: Of whole numbers, decimals, dates, timestamps or strings.
        most: The greatest number of ranges.

    Returns:
        In order; none if there is no row with a key.

    Raises:
        ValueError: No ranges can be said of a column of this type.
    """
    type_ = frame.schema[column].dataType.simpleString()
    if not has_ranges(type_):
        raise ValueError(f"no ranges can be said of {column}: it is {type_}")
    whole = _ends(frame, column, type_)
    if whole is None:
        return []
    found = _buckets(frame, column, type_, whole)
    for _ in range(_LOOKS):
        crowded = max(found, key=lambda each: each.rows)
        if crowded.low == crowded.high or crowded.rows * _CROWDED <= whole.rows:
            break
        inside = frame.where(condition(f"`{column}`", type_, [crowded]))
        finer = _buckets(inside, column, type_, crowded)
        if len(finer) == 1:
            break
        found = [each for each in found if each is not crowded] + finer
    return fewest(found, most)


def _ends(frame: DataFrame, column: str, type_: str) -> Optional[KeyRange]:
    return _range(frame.agg(*_summary(column, type_)).collect()[0])


def _buckets(frame: DataFrame, column: str, type_: str, whole: KeyRange) -> List[KeyRange]:
    if whole.low == whole.high:
        return [whole]
    skip = common_beginning(whole.low, whole.high)
    at = _distance(column, type_, whole, skip)
    width = max(_far(whole, skip) / BUCKETS, 1e-300)
    rows = frame.groupBy(F.floor(at / width).alias("bucket")).agg(*_summary(column, type_))
    return [found for found in map(_range, rows.collect()) if found is not None]


def _summary(column: str, type_: str) -> List[Column]:
    exact = _EXACT.get(type_, lambda value: value)
    key = F.col(f"`{column}`")
    return [
        exact(F.min(key)).alias("low"),
        exact(F.max(key)).alias("high"),
        F.count(key).alias("rows"),
    ]


def _range(row: Row) -> Optional[KeyRange]:
    """What a summary says; None if all keys were null."""
    if not row["rows"]:
        return None
    low, high = (
        bytes(end) if isinstance(end, bytearray) else end for end in (row["low"], row["high"])
    )
    return KeyRange(low, high, row["rows"])


def _distance(column: str, type_: str, whole: KeyRange, skip: int) -> Column:
    """How far a key is from the smallest one, as a double.

    It need not be exact: rows with the same key get the same distance, and each bucket reads its
    own ends exactly.
    """
    exact = _EXACT.get(type_, lambda value: value)(F.col(f"`{column}`"))
    if isinstance(whole.low, bytes):
        part = F.expr(f"substring(CAST(`{column}` AS BINARY), {skip + 1}, {_BYTES})")
        digits = F.rpad(F.hex(part), 2 * _BYTES, "0")
        return F.conv(digits, 16, 10).cast("double") - float(_number(whole.low, skip))
    if isinstance(whole.low, int) and _far(whole, skip) < _SAFE_LONG:
        return (exact.cast("bigint") - F.lit(whole.low).cast("bigint")).cast("double")
    return exact.cast("double") - float(whole.low)


def _far(whole: KeyRange, skip: int) -> float:
    low, high = whole.low, whole.high
    if isinstance(low, bytes) and isinstance(high, bytes):
        return float(_number(high, skip) - _number(low, skip))
    return float(high) - float(low)


def _number(text: bytes, skip: int) -> int:
    return int.from_bytes(text[skip : skip + _BYTES].ljust(_BYTES, b"\0"), "big")


def _micros(value: Column) -> Column:
    """What a clock on the wall shows, in microseconds, in whatever zone the session is."""
    days = F.unix_date(value.cast("date")).cast("bigint")
    seconds = days * 86400 + F.hour(value) * 3600 + F.minute(value) * 60
    fraction = F.extract(F.lit("SECOND"), value)  # seconds of the minute, as decimal(8,6)
    return seconds * 1_000_000 + (fraction * 1_000_000).cast("bigint")


_EXACT: Dict[str, Callable[[Column], Column]] = {
    "int": lambda value: value.cast("bigint"),
    "date": F.unix_date,
    "timestamp": F.unix_micros,
    "timestamp_ntz": _micros,
    "string": lambda value: value.cast("binary"),
}
