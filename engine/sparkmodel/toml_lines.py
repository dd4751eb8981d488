"""On which line of a TOML file each key stands; the standard library's reader does not say.

The text must be valid TOML: `tomllib` has read it before, so nothing is checked a second time.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

KeyPath = tuple[str | int, ...]
"""Keys from the root of a document; a number counts the items of a list from 0."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_TEXT = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'", re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def line_of_each_key(text: str) -> dict[KeyPath, int]:
    r"""Map each key, and each item of a list, to its line, counted from 1.

    Args:
        text: A valid TOML document.

    >>> lines = line_of_each_key("[spark]\nconf = { a = 1, b.c = [2, 3] }")
    >>> lines[("spark", "conf", "b", "c", 1)]
    2
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    """Walks through the text once, keeping the position and the lines found so far."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._found: dict[KeyPath, int] = {}
        self._items: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._skip_blank():
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _skip_blank(self) -> bool:
        self._take(_BLANK)
        return self._at < len(self._text)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"line {self._here()} is not TOML")
        self._at = match.end()
        return match[0]

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._found.setdefault(path[:length], line)

    def _header(self) -> KeyPath:
        line = self._here()
        is_list = self._text.startswith("[[", self._at)
        self._at += 2 if is_list else 1
        path = self._inside_lists(tuple(self._keys()))
        if is_list:
            list_path = path[:-1] if path in self._found and isinstance(path[-1], int) else path
            count = self._items.get(list_path, 0)
            self._items[list_path] = count + 1
            path = (*list_path, count)
        self._note(path, line)
        self._at = self._text.index("]", self._at) + (2 if is_list else 1)
        return path

    def _inside_lists(self, keys: tuple[str, ...]) -> KeyPath:
        """Name the latest item of each list of tables that a header goes through."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            if path in self._items:
                path = (*path, self._items[path] - 1)
        return path

    def _keys(self) -> Iterator[str]:
        while True:
            match = _KEY.match(self._text, self._at)
            if match is None:
                raise ValueError(f"line {self._here()} is not TOML")
            self._at = match.end()
            name = match[1]
            yield str(tomllib.loads(f"key = {name}")["key"]) if name[0] in "\"'" else name
            if not match[2]:
                return

    def _pair(self, table: KeyPath) -> None:
        line = self._here()
        path = (*table, *self._keys())
        self._note(path, line)
        self._at = self._text.index("=", self._at) + 1
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._skip_blank()
        opening = self._text[self._at]
        if opening == "[":
            self._items_of(path)
        elif opening == "{":
            self._pairs_of(path)
        else:
            self._take(_TEXT if opening in "\"'" else _SCALAR)

    def _items_of(self, path: KeyPath) -> None:
        for index in self._until("]"):
            self._note((*path, index), self._here())
            self._value((*path, index))

    def _pairs_of(self, path: KeyPath) -> None:
        for _ in self._until("}"):
            self._pair(path)

    def _until(self, closing: str) -> Iterator[int]:
        """Count what stands between brackets, separated by commas."""
        self._at += 1
        index = 0
        while True:
            self._skip_blank()
            if self._text[self._at] == closing:
                self._at += 1
                return
            yield index
            index += 1
            self._skip_blank()
            if self._text[self._at] == ",":
                self._at += 1
