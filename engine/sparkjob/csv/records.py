"""Cut the lines of a CSV file into records, so that one broken record spoils no other.

RFC 4180: fields are separated by commas and may be quoted; a quoted field may hold commas, line
breaks and doubled quotes. Pure Python: it runs in Spark's Python workers.
"""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass
from typing import Deque, Iterable, Iterator, List, Optional, Tuple

MAX_RECORD_BYTES = 1 << 20
_QUOTE = b'"'
_UNCLOSED = "a quote is opened and never closed"

csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass(frozen=True)
class Record:
    """One record of a file.

    Args:
        line: Physical line where it starts, from 1.
        raw: Its bytes, without the line break at its end.
        fields: Its fields, or None if it cannot be split.
        reason: Why it cannot be split, or None.
    """

    line: int
    raw: bytes
    fields: Optional[List[str]]
    reason: Optional[str]

    @property
    def text(self) -> str:
        r"""The bytes as text; a byte that is not UTF-8 reads like \xe9."""
        return self.raw.decode("utf-8", errors="backslashreplace")


class Records:
    """The records of a file, in order; blank lines are none.

    A quote that is opened and never closed would swallow all that follows up to the next quote.
    So when such a record does not come out right, and a line inside it is a good record by itself,
    only its first line is given up and reading goes on at the second.

    Args:
        lines: Physical lines with their line breaks.
        width: Fields that each record must have. None: any number.
        first: Number of the first line.
    """

    def __init__(
        self, lines: Iterable[bytes], *, width: Optional[int] = None, first: int = 1
    ) -> None:
        self.width = width
        self._lines = iter(lines)
        self._again: Deque[bytes] = deque()
        self._next = first

    def __iter__(self) -> Iterator[Record]:
        while True:
            number, line = self._next, self._read()
            if line is None:
                return
            if line.strip():
                yield self._record(number, line)

    def _record(self, number: int, line: bytes) -> Record:
        fields, reason = split(line, self.width)
        if reason != _UNCLOSED:
            return _made(number, line, fields, reason)
        block = self._until_balanced(line)
        whole = b"".join(block)
        all_fields, all_reason = split(whole, self.width)
        if all_reason and any(split(part, self.width)[1] is None for part in block[1:]):
            self._give_back(block[1:])
            return _made(number, line, None, _UNCLOSED)
        return _made(number, whole, all_fields, all_reason)

    def _until_balanced(self, line: bytes) -> List[bytes]:
        """The line and those after it, up to the one that holds the closing quote."""
        block, size = [line], len(line)
        while size <= MAX_RECORD_BYTES:
            following = self._read()
            if following is None:
                break
            block.append(following)
            size += len(following)
            if following.count(_QUOTE) % 2:
                break
        return block

    def _read(self) -> Optional[bytes]:
        line = self._again.popleft() if self._again else next(self._lines, None)
        self._next += line is not None
        return line

    def _give_back(self, lines: List[bytes]) -> None:
        self._again.extendleft(reversed(lines))
        self._next -= len(lines)


def split(raw: bytes, width: Optional[int] = None) -> Tuple[Optional[List[str]], Optional[str]]:
    """Split one record into its fields, or say why it cannot be split.

    >>> split(b'ID,"3,415"', 2)
    (['ID', '3,415'], None)
    >>> split(b'ID,1,2', 2)
    (None, '3 fields where the header has 2')
    """
    raw = raw.rstrip(b"\r\n")
    if b"\0" in raw:
        return None, "it has a NUL byte"
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, f"byte {error.start + 1}, 0x{raw[error.start]:02x}, is not UTF-8"
    try:
        fields = next(csv.reader([text], strict=True)) if '"' in text else text.split(",")
    except csv.Error as error:
        return None, _UNCLOSED if "unexpected end" in str(error) else f"not CSV: {error}"
    if width is not None and len(fields) != width:
        return None, f"{len(fields)} fields where the header has {width}"
    return fields, None


def _made(number: int, raw: bytes, fields: Optional[List[str]], reason: Optional[str]) -> Record:
    return Record(line=number, raw=raw.rstrip(b"\r\n"), fields=fields, reason=reason)
