"""Writes keys and values as TOML does, to show people what they wrote."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Sequence

LONGEST_VALUE = 80


def dotted(path: Sequence[str | int]) -> str:
    """Write a key as TOML does, with [n] for items of a list.

    >>> dotted(("spark", "conf", "spark.x", 0))
    'spark.conf."spark.x"[0]'
    """
    return "".join(_dotted(path)).removeprefix(".")


def _dotted(path: Sequence[str | int]) -> Iterator[str]:
    for key in path:
        if isinstance(key, int):
            yield f"[{key}]"
        else:
            yield "." + (key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key))


def as_toml(value: object) -> str:
    """Write a value as TOML on one line, cut when it is long."""
    text = whole_toml(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def whole_toml(value: object) -> str:
    """Write a value as TOML on one line, however long."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        pairs = ", ".join(f"{dotted((key,))} = {whole_toml(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(whole_toml, value))}]"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
