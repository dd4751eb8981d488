"""What became of the records of a micro-batch, and the share of refused ones."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Deque, Dict, Tuple


@dataclass
class Counts:
    """What became of records; read = good + quarantined + late.

    Args:
        read: Records that the batch had.
        quarantined: Those with a reason.
        late: Those that came after what they belong to was closed.
        unknown_fields: Those with a field that the contract does not have.
        broken: Rows of the job that break a check of the contract; they are in quarantine too.
        written: Rows that the table got.
        newest_ms: Time of the newest record by partition, in ms since 1970.
        warned: Rows by the check that they break and that only warns.
    """

    read: int = 0
    quarantined: int = 0
    late: int = 0
    unknown_fields: int = 0
    broken: int = 0
    written: int = 0
    newest_ms: Dict[str, int] = field(default_factory=dict)
    warned: Dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> int:
        """Records that the job got and Spark did not drop."""
        return self.read - self.quarantined - self.late

    def add(self, other: Counts) -> None:
        """Take in what became of further records."""
        self.read += other.read
        self.quarantined += other.quarantined
        self.late += other.late
        self.unknown_fields += other.unknown_fields
        self.broken += other.broken
        self.written += other.written
        for name, rows in other.warned.items():
            self.warned[name] = self.warned.get(name, 0) + rows

    def document(self) -> Dict[str, int]:
        """The figures as plain data."""
        return {
            "read": self.read,
            "good": self.good,
            "quarantined": self.quarantined,
            "late": self.late,
            "unknown_fields": self.unknown_fields,
            "broken": self.broken,
            "written": self.written,
        }

    def __str__(self) -> str:
        parts = f"good {self.good:,} + quarantined {self.quarantined:,} + late {self.late:,}"
        return f"read {self.read:,} = {parts}"


class Share:
    """The share of refused records among the last ones, as many as can be judged by.

    Batches may be small; those before are taken in until the least number is reached, and no more
    than needed, so that hours of good records do not hide what is wrong now.

    Args:
        minimum: Least number of records to judge by.
        read: Records before this driver began, from the table's mark.
        refused: Refused ones among them.
    """

    def __init__(self, minimum: int, read: int = 0, refused: int = 0) -> None:
        self._minimum = minimum
        self._last: Deque[Tuple[int, int]] = deque([(read, refused)] if read else [])

    def with_batch(self, read: int, refused: int) -> Tuple[int, int]:
        """Records, and refused ones among them, if a batch is taken in; nothing is kept."""
        return _sums(self._needed(read, refused))

    def take(self, read: int, refused: int) -> None:
        """Take a batch in."""
        self._last = self._needed(read, refused)

    def _needed(self, read: int, refused: int) -> Deque[Tuple[int, int]]:
        last = deque([*self._last, (read, refused)])
        while len(last) > 1 and _sums(last)[0] - last[0][0] >= self._minimum:
            last.popleft()
        return last


def _sums(last: Deque[Tuple[int, int]]) -> Tuple[int, int]:
    return sum(read for read, _ in last), sum(refused for _, refused in last)
