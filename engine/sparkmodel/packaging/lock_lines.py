"""The logical lines of a requirements file: continued lines joined, comments aside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")


@dataclass(frozen=True)
class LogicalLine:
    """What pip reads as one line.

    Args:
        number: Where it begins, from 1.
        text: The requirement or option, without its hashes.
        hashes: As written, such as `sha256:0a1b...`; sorted.
    """

    number: int
    text: str
    hashes: tuple[str, ...]


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """The lines that say something, in the file's order."""
    start = 0
    parts: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = (_COMMENT.sub("", raw) if "#" in raw else raw).strip()
        start = start if parts else number
        parts.append(line.removesuffix("\\").strip())
        if line.endswith("\\"):
            continue
        yield from _said(start, " ".join(filter(None, parts)))
        parts = []
    yield from _said(start, " ".join(filter(None, parts)))


def comments(text: str) -> list[str]:
    """The comment lines before the first line that says something: who wrote the file, and how."""
    found: list[str] = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            break
        found.append(line.lstrip("#").strip())
    return found


def _said(number: int, joined: str) -> Iterator[LogicalLine]:
    if joined:
        hashes = tuple(sorted(set(_HASH.findall(joined))))
        yield LogicalLine(number, _HASH.sub("", joined).strip(), hashes)
