"""Few ranges that hold all keys of a set and as little else as can be; no Spark needed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Dict, Iterable, List, Sequence

from sparkjob.merging.values import Value, common_beginning, distance, literal


@dataclass(frozen=True)
class KeyRange:
    """Keys that lie close together.

    Args:
        low: The smallest key, which is there.
        high: The greatest key, which is there.
        rows: How many rows have a key in the range.
    """

    low: Value
    high: Value
    rows: int = 1


def fewest(ranges: Iterable[KeyRange], most: int) -> List[KeyRange]:
    """Join ranges across the smallest gaps until there are few.

    Args:
        ranges: In any order; they may overlap.
        most: The greatest number of ranges to keep, 1 or more.

    Returns:
        In order, apart from each other; each key of the given ones is in one of them, and each
        end of a range is a key.

    >>> fewest([KeyRange(1, 5), KeyRange(9, 9), KeyRange(800, 900)], most=2)
    [KeyRange(low=1, high=9, rows=2), KeyRange(low=800, high=900, rows=1)]
    """
    apart = _apart(ranges)
    if not apart:
        return []
    gaps = _gaps(apart)
    widest = sorted(range(len(gaps)), key=lambda at: (-gaps[at], at))[: most - 1]
    kept = {at for at in widest if gaps[at] > _neighbours(apart[0])}
    found = [apart[0]]
    for at, following in enumerate(apart[1:]):
        if at in kept:
            found.append(following)
        else:
            found[-1] = _joined(found[-1], following)
    return found


def condition(name: str, type_: str, ranges: Sequence[KeyRange]) -> str:
    """Write as SQL that a column is in one of some ranges.

    Args:
        name: The column, as SQL says it.
        type_: Of the column, by Spark's name.
        ranges: At least one.

    >>> condition("t.id", "int", [KeyRange(1, 1), KeyRange(4, 4), KeyRange(7, 9)])
    '(t.id IN (1, 4) OR t.id BETWEEN 7 AND 9)'

    Raises:
        ValueError: SQL has no literal for an end of a range.
    """
    single = [literal(each.low, type_) for each in ranges if each.low == each.high]
    wide = [
        f"{name} BETWEEN {literal(each.low, type_)} AND {literal(each.high, type_)}"
        for each in ranges
        if each.low != each.high
    ]
    in_list = [f"{name} IN ({', '.join(single)})"] if single else []
    return f"({' OR '.join(in_list + wide)})"


def _apart(ranges: Iterable[KeyRange]) -> List[KeyRange]:
    found: List[KeyRange] = []
    for each in sorted(ranges, key=lambda one: one.low):
        if found and each.low <= found[-1].high:  # type: ignore[operator]
            found[-1] = _joined(found[-1], each)
        else:
            found.append(each)
    return found


def _gaps(apart: Sequence[KeyRange]) -> Dict[int, Fraction]:
    """How wide the gap after each range is, but for the last."""
    skip = common_beginning(apart[0].low, apart[-1].high)
    return {at: distance(apart[at].high, apart[at + 1].low, skip) for at in range(len(apart) - 1)}


def _neighbours(sample: KeyRange) -> int:
    """The gap between two keys with no other key between them: 1 of whole numbers, else 0."""
    return 1 if isinstance(sample.low, int) else 0


def _joined(one: KeyRange, other: KeyRange) -> KeyRange:
    high = max(one.high, other.high)
    return KeyRange(one.low, high, one.rows + other.rows)
