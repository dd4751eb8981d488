"""What is wrong with a column's type as somebody wrote it, and which one was meant."""

from __future__ import annotations

import re

from sparkmodel.problems import listed, nearest
from sparkmodel.shared import SIMPLE, parse_type

TYPES = (*SIMPLE, "decimal(precision,scale)", "array<type>", "map<type,type>", "struct<name:type>")
"""What a contract may write, each type by one word only."""

TYPE_PATTERN = rf"^({'|'.join(SIMPLE)}|decimal *\(.*\)|(array|map|struct) *<.*>)$"
"""What editors can check of it."""

_WORDS = (*SIMPLE, "decimal", "array", "map", "struct")
_ELSEWHERE = {
    "bigint": "long",
    "blob": "binary",
    "bool": "boolean",
    "bytes": "binary",
    "char": "string",
    "datetime": "timestamp",
    "dict": "map",
    "float32": "float",
    "float64": "double",
    "int32": "int",
    "int64": "long",
    "list": "array",
    "number": "decimal",
    "numeric": "decimal",
    "object": "struct",
    "real": "float",
    "record": "struct",
    "row": "struct",
    "short": "int",
    "smallint": "int",
    "str": "string",
    "text": "string",
    "timestamp_ltz": "timestamp",
    "timestamptz": "timestamp",
    "tinyint": "int",
    "uuid": "string",
    "varbinary": "binary",
    "varchar": "string",
}
"""Words of other systems, Spark's own among them, and ours."""

_WORD = re.compile(r"\b[A-Za-z_]\w*\b(?!\s*:)")
_BRACKETS = str.maketrans("[]{}", "<><>")
_DEEPEST = 20


def type_fault(text: str) -> tuple[str, str | None] | None:
    """Say why a text is not a type, with what is allowed, and the nearest type; None if it is one.

    >>> type_fault("array<decimal(10,2)>") is None
    True
    >>> type_fault("list<text>")[1]
    'array<string>'
    """
    wrong = _wrong(text)
    if wrong is None:
        return None
    near = _corrected(text)
    return (
        f"is not a type: {wrong}. Types: {listed(TYPES)}.",
        near if near != text and _wrong(near) is None else None,
    )


def _wrong(text: str) -> str | None:
    if text.count("<") > _DEEPEST and _depth(text) > _DEEPEST:
        return f"it is nested more than {_DEEPEST} deep"
    try:
        parse_type(text)
    except ValueError as error:
        return str(error)
    foreign = next((word for word in _WORD.findall(text) if word not in _WORDS), None)
    return f'"{foreign}" is "{_ELSEWHERE[foreign]}" in a contract' if foreign else None


def _depth(text: str) -> int:
    depth = deepest = 0
    for each in text:
        depth += (each == "<") - (each == ">")
        deepest = max(deepest, depth)
    return deepest


def _corrected(text: str) -> str:
    found = _WORD.sub(lambda word: _our_word(word[0]), text.strip().translate(_BRACKETS))
    found = re.sub(r"\bstring\s*\(\s*\d+\s*\)", "string", found)
    found = re.sub(r"\bdecimal\b(?!\s*\()", "decimal(10,2)", found)
    found = re.sub(r"\bdecimal\s*\(\s*(\d+)\s*\)", r"decimal(\1,0)", found)
    return found + ">" * (found.count("<") - found.count(">"))


def _our_word(word: str) -> str:
    small = word.lower()
    if small in _WORDS:
        return small
    return _ELSEWHERE.get(small) or nearest(small, _WORDS) or word
