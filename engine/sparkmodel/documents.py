"""TOML files as people wrote them: read, laid over each other, and found again by key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sparkmodel.problems import Problem
from sparkmodel.toml_lines import KeyPath, line_of_each_key
from sparkmodel.toml_text import LONGEST_VALUE, as_toml, dotted

_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_ONE_OF = (
    frozenset({"cron", "rate", "at", "tables", "files", "event"}),
    frozenset({"path", "table", "topic"}),
)
"""Keys that exclude each other: who lays one of them over a table takes the others out."""

_GOES_WITH = {"files": "settle_minutes"}
"""Keys that leave with another."""


@dataclass(frozen=True)
class Document:
    """One TOML file.

    Args:
        file: Path from the project's root, with forward slashes.
        text: What it holds.
        data: The same, parsed.
    """

    file: str
    text: str
    data: dict[str, Any]

    @cached_property
    def lines(self) -> Mapping[KeyPath, int]:
        """The line of each key."""
        return line_of_each_key(self.text)


def read_document(root: Path, path: Path) -> Document | Problem:
    """Read a TOML file, or say why it cannot be read.

    Args:
        root: The project's root, from which the file is named.
        path: The file.
    """
    file = path.relative_to(root).as_posix()
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
        return Document(file, text, tomllib.loads(text))
    except OSError as error:
        return Problem(file=file, text=f"cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        return Problem(
            file=file,
            line=raw.count(b"\n", 0, error.start) + 1,
            text=f"is not UTF-8: the byte 0x{raw[error.start]:02x}. Save the file as UTF-8.",
        )
    except RecursionError:
        return Problem(file=file, text="is nested too deeply to be read.")
    except ValueError as error:
        return _syntax_problem(file, text, str(error))


def _syntax_problem(file: str, text: str, message: str) -> Problem:
    match = _AT_LINE.search(message)
    lines = text.splitlines() or [""]
    number = int(match[1]) if match and match[1] else len(lines)
    said = message[: match.start()] if match else message
    if said.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate")):
        said = "this key or table is there twice"
    shown = lines[min(number, len(lines)) - 1].strip()[:LONGEST_VALUE]
    return Problem(
        file=file,
        line=number,
        key=shown,
        text=f"is not TOML: {said}. Text stands in quotes, a table is {{ key = value }}.",
    )


@dataclass(frozen=True)
class Layer:
    """A document, or the table of it at `below`, as one layer."""

    document: Document
    below: tuple[str, ...] = ()

    def depth(self, path: KeyPath) -> int:
        """How many of a path's keys this layer has."""
        lines = self.document.lines
        known = (
            length for length in range(len(path), 0, -1) if (*self.below, *path[:length]) in lines
        )
        return next(known, 0)


@dataclass(frozen=True)
class Layers:
    """Documents laid over each other, strongest first, and what they say together."""

    layers: tuple[Layer, ...]
    data: dict[str, Any]

    def problem(self, path: KeyPath, text: str, nearest: str | None = None) -> Problem:
        """Make a problem of a key: found on its line, shown with its value.

        Args:
            path: The key. If it is not there, the nearest table above it gives the line; without
                a key the problem is with the file itself.
            text: As in `Problem.text`.
            nearest: As in `Problem.nearest`.
        """
        layer = self._layer_of(path)
        if not path:
            return Problem(file=layer.document.file, text=text, nearest=nearest)
        found = (*layer.below, *path[: layer.depth(path)])
        return Problem(
            file=layer.document.file,
            line=layer.document.lines.get(found, 1),
            key=dotted((*layer.below, *path)),
            value=self.shown(path),
            text=text,
            nearest=nearest,
        )

    def _layer_of(self, path: KeyPath) -> Layer:
        """Find the strongest layer that has a key; else the weakest that has most of its path."""
        having = (each for each in self.layers if each.depth(path) == len(path))
        closest = max(reversed(self.layers), key=lambda each: each.depth(path))
        return next(having, closest)

    def shown(self, path: KeyPath) -> str | None:
        """Write a key's value as TOML, or None if the key is not there."""
        value: Any = self.data
        for key in path:
            if key not in _keys_of(value):
                return None
            value = value[key]
        return as_toml(value)


def lay_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another: tables are merged, everything else is replaced.

    >>> lay_over({"trigger": {"cron": "0 6 * * ? *"}}, {"trigger": {"rate": "1 hour"}})
    {'trigger': {'rate': '1 hour'}}
    """
    merged = dict(base)
    for group in _ONE_OF:
        if group & over.keys():
            gone = group | {_GOES_WITH[key] for key in group & _GOES_WITH.keys()}
            merged = {key: value for key, value in merged.items() if key not in gone}
    if "size" in over:
        merged = {key: value for key, value in merged.items() if key not in ("driver", "executor")}
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        merged[key] = lay_over(below, value) if both and below is not None else value
    return merged


def _keys_of(value: object) -> Collection[str | int]:
    if isinstance(value, list):
        return range(len(value))
    return value.keys() if isinstance(value, dict) else ()
