"""Tell from the beginning of a file whether it is the CSV file that a job reads, or what it is.

Pure Python: it runs in Spark's Python workers.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

_SHOWN_COLUMNS = 12
_BEGINNINGS = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook (.xlsx)"),
    (b"PAR1", "a Parquet file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"BZh", "compressed by bzip2 (only gzip is read)"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd (only gzip is read)"),
    (b"\xfd7zXZ", "compressed by xz (only gzip is read)"),
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"\xff\xfe", "text in UTF-16 (only UTF-8 is read)"),
    (b"\xfe\xff", "text in UTF-16 (only UTF-8 is read)"),
)
_MARKUP = (
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<", "XML or HTML"),
)
_JSON = re.compile(rb'\{\s*["}]|\[\s*[\[{"\d\]]')
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True)
class Wanted:
    """The columns that a job reads, by name.

    Args:
        required: Each file must have them.
        optional: Where a file lacks one, it is null.
        any_of: Groups of columns; each file must have at least one whole group.
    """

    required: Tuple[str, ...] = ()
    optional: Tuple[str, ...] = ()
    any_of: Tuple[Tuple[str, ...], ...] = ()

    @property
    def columns(self) -> Tuple[str, ...]:
        """All of them, each once, in the order in which they were named."""
        grouped = [name for group in self.any_of for name in group]
        return tuple(dict.fromkeys([*self.required, *self.optional, *grouped]))


def foreign_form(head: bytes) -> Optional[str]:
    """Say what a file is that is not CSV, or None.

    Args:
        head: Its first bytes, without a byte order mark.

    >>> foreign_form(b'{"state": "ID"}')
    'JSON'
    """
    text = head.lstrip().lower()
    for start, form in _BEGINNINGS:
        if head.startswith(start):
            return form
    for start, form in _MARKUP:
        if text.startswith(start):
            return form
    if _JSON.match(text):
        return "JSON"
    return "binary data" if b"\0" in head else None


def header_problems(header: Sequence[str], wanted: Wanted) -> List[str]:
    """Say all that is wrong with a header; nothing is wrong if the list is empty."""
    delimiter = _other_delimiter(header, wanted)
    if delimiter:
        return [f"its columns are separated by {delimiter}, not by commas"]
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    problems = [f"the header names {_listed(twice)} more than once"] if twice else []
    missing = [name for name in wanted.required if name not in header]
    if missing:
        problems.append(f"missing: {', '.join(_with_nearest(name, header) for name in missing)}")
    if wanted.any_of and not any(set(group) <= set(header) for group in wanted.any_of):
        groups = " | ".join(" and ".join(group) for group in wanted.any_of)
        problems.append(f"missing: at least one of {groups}")
    if problems:
        problems.append(f"it has {_count(len(header), 'column')}: {_listed(header)}")
    return problems


def _other_delimiter(header: Sequence[str], wanted: Wanted) -> Optional[str]:
    """The name of what separates the columns if it is not the comma."""
    if set(wanted.required) & set(header):
        return None
    line = ",".join(header)
    counts: Dict[str, int] = {mark: line.count(mark) for mark in _DELIMITERS}
    mark = max(counts, key=lambda each: counts[each])
    return _DELIMITERS[mark] if counts[mark] >= len(header) else None


def _with_nearest(name: str, header: Sequence[str]) -> str:
    same = [column for column in header if column.lower() == name.lower()]
    near = same or difflib.get_close_matches(name, header, n=1, cutoff=0.8)
    return f'{name} (did you mean "{near[0]}"?)' if near else name


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:_SHOWN_COLUMNS])
    rest = len(names) - _SHOWN_COLUMNS
    return f"{shown}, ... ({rest} more)" if rest > 0 else shown


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
