"""Types of columns as contracts write them, and as Spark says them; no Spark needed.

A type is written as in Spark's SQL: `string`, `decimal(10,2)`, `array<string>`,
`map<string,double>`, `struct<street:string,since:date>`, one inside the other as one likes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Tuple, Union

SIMPLE: Dict[str, str] = {
    "string": "string",
    "int": "int",
    "long": "bigint",
    "float": "float",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp_ntz",
    "binary": "binary",
}
"""What contracts write: what Spark's `simpleString` says.

`timestamp` is a moment (Iceberg's timestamptz), `timestamp_ntz` what a clock on the wall shows.
"""

MAX_PRECISION = 38
_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|\d+|[<>,:()])")
_SPARK_NAMES = {spark: simple for simple, spark in SIMPLE.items()}


@dataclass(frozen=True)
class Primitive:
    """A type without parts, by Spark's name, such as `bigint`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Decimal:
    """A number of so many digits, of which `scale` are after the point."""

    precision: int
    scale: int

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True)
class Array:
    """A list of values; any of them may be null."""

    element: ColumnType

    def __str__(self) -> str:
        return f"array<{self.element}>"


@dataclass(frozen=True)
class Map:
    """Values by key; any value may be null."""

    key: ColumnType
    value: ColumnType

    def __str__(self) -> str:
        return f"map<{self.key},{self.value}>"


@dataclass(frozen=True)
class Field:
    """A named part of a struct; it may be null."""

    name: str
    type: ColumnType

    def __str__(self) -> str:
        return f"{self.name}:{self.type}"


@dataclass(frozen=True)
class Struct:
    """Named parts, in order."""

    fields: Tuple[Field, ...]

    def __str__(self) -> str:
        return f"struct<{','.join(str(field) for field in self.fields)}>"


ColumnType = Union[Primitive, Decimal, Array, Map, Struct]


def parse_type(text: str) -> ColumnType:
    """Read a type as a contract or as Spark writes it; `str` of the result is Spark's way.

    >>> str(parse_type("struct<id: long, tags: array<string>>"))
    'struct<id:bigint,tags:array<string>>'

    Raises:
        ValueError: It is not a type; the message says what is wrong, and begins in small letters.
    """
    reader = _Reader(text)
    found = reader.type()
    reader.end()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def type(self) -> ColumnType:
        name = self._next("a type")
        if name == "decimal":
            return self._decimal()
        if name == "array":
            return Array(self._parts(1)[0])
        if name == "map":
            return Map(*self._parts(2))
        if name == "struct":
            return self._struct()
        if name in SIMPLE:
            return Primitive(SIMPLE[name])
        if name in _SPARK_NAMES:
            return Primitive(name)
        raise ValueError(f'"{name}" is not a type')

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise ValueError(f'nothing may follow at "{"".join(self._tokens[self._at :])}"')

    def _decimal(self) -> Decimal:
        self._expect("(")
        precision = self._number("its precision")
        self._expect(",")
        scale = self._number("its scale")
        self._expect(")")
        if not (1 <= precision <= MAX_PRECISION and scale <= precision):
            raise ValueError(
                f"a decimal's precision is 1 to {MAX_PRECISION}, its scale 0 to the precision"
            )
        return Decimal(precision, scale)

    def _parts(self, count: int) -> List[ColumnType]:
        self._expect("<")
        parts = [self.type()]
        for _ in range(count - 1):
            self._expect(",")
            parts.append(self.type())
        self._expect(">")
        return parts

    def _struct(self) -> Struct:
        self._expect("<")
        fields = [self._field()]
        while self._peek() == ",":
            self._at += 1
            fields.append(self._field())
        self._expect(">")
        names = [field.name for field in fields]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'a struct has the field "{name}" twice')
        return Struct(tuple(fields))

    def _field(self) -> Field:
        name = self._next("the name of a field")
        if not name.isidentifier():
            raise ValueError(f'"{name}" is not the name of a field')
        self._expect(":")
        return Field(name, self.type())

    def _number(self, wanted: str) -> int:
        found = self._next(wanted)
        if not found.isdigit():
            raise ValueError(f'"{found}" is not a number: {wanted} is missing')
        return int(found)

    def _expect(self, token: str) -> None:
        found = self._next(f'"{token}"')
        if found != token:
            raise ValueError(f'"{token}" is missing before "{found}"')

    def _next(self, wanted: str) -> str:
        if self._at == len(self._tokens):
            raise ValueError(f"it ends where {wanted} should be")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


def _tokens(text: str) -> List[str]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f'"{text[at:].strip()}" cannot be read')
        found.append(match.group(1))
        at = match.end()
    return found
