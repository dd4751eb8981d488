"""Read one CSV file: its rows for Spark, then one closing row that says how it went.

Pure Python: it runs in Spark's Python workers. A row is the values of the wanted columns, then
file, line, raw text, reason, closing; only the last row of a file has a closing.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Dict, Iterator, List, Optional, Tuple, cast

from sparkjob.csv.header import Wanted, foreign_form, header_problems
from sparkjob.csv.records import Record, Records

HEAD_BYTES = 1 << 16
EMPTY = "it is empty: 0 bytes"
BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
Row = Tuple[Optional[object], ...]


@dataclass(frozen=True)
class Closing:
    """How reading a file went.

    Args:
        file: Where it is.
        records: How many records it has after the header.
        header: Its column names.
        problems: Why the whole file is refused; empty if it is not.
    """

    file: str
    records: int
    header: Tuple[str, ...]
    problems: Tuple[str, ...]

    def to_json(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Closing:
        """Read it back."""
        found: Dict[str, Any] = json.loads(text)
        return cls(
            found["file"], found["records"], tuple(found["header"]), tuple(found["problems"])
        )


class _RefusedError(Exception):
    """The whole file is refused; args are the problems."""


def read_file(file: str, content: bytes, wanted: Wanted) -> Iterator[Row]:
    """Yield the rows of a file, then its closing row.

    Needs memory for the file as it is stored, not for its rows; gzip is unpacked piece by piece.

    Args:
        file: Where it is; goes into each row.
        content: Its bytes; gzip is known by its first bytes, whatever the name.
        wanted: The columns to keep.
    """
    count = 0
    header: Tuple[str, ...] = ()
    problems: Tuple[str, ...] = ()
    try:
        records, header = _open(content, wanted)
        places = [header.index(name) if name in header else None for name in wanted.columns]
        for record in records:
            count += 1
            yield (*_values(record, places), file, record.line, record.text, record.reason, None)
    except _RefusedError as refused:
        problems = refused.args
    except (EOFError, OSError, zlib.error) as error:
        problems = (f"the gzip file is cut off or damaged: {error}",)
    closing = Closing(file, count, header, problems).to_json()
    yield (*(None for _ in wanted.columns), file, None, None, None, closing)


def read_header(file: str, content: bytes, wanted: Wanted) -> Closing:
    """Read no more than a file's header."""
    try:
        _, header = _open(content, wanted)
    except _RefusedError as refused:
        return Closing(file, 0, (), refused.args)
    except (EOFError, OSError, zlib.error) as error:
        return Closing(file, 0, (), (f"the gzip file is cut off or damaged: {error}",))
    return Closing(file, 0, header, ())


def _open(content: bytes, wanted: Wanted) -> Tuple[Records, Tuple[str, ...]]:
    if not content:
        raise _RefusedError(EMPTY)
    stream = _unpacked(content)
    head = stream.read(HEAD_BYTES)
    body = head[len(BOM) :] if head.startswith(BOM) else head
    if not body.strip():
        raise _RefusedError("it is empty: there is nothing but white space")
    form = foreign_form(body)
    if form:
        raise _RefusedError(f"it is not CSV but {form}")
    stream.seek(len(head) - len(body))
    records = Records(stream)
    header = _header(next(iter(records)))
    problems = header_problems(header, wanted)
    if problems:
        raise _RefusedError(*problems)
    records.width = len(header)
    return records, header


def _unpacked(content: bytes) -> BinaryIO:
    stream = io.BytesIO(content)
    if not content.startswith(_GZIP):
        return stream
    return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=stream)))


def _header(record: Record) -> Tuple[str, ...]:
    if record.fields is None:
        raise _RefusedError(f"it is not CSV: in its first line, {record.reason}")
    return tuple(name.strip() for name in record.fields)


def _values(record: Record, places: List[Optional[int]]) -> Tuple[Optional[str], ...]:
    fields = record.fields
    if fields is None:
        return tuple(None for _ in places)
    return tuple(fields[place] if place is not None else None for place in places)
