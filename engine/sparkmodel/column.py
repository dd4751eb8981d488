"""A column of a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sparkmodel.base import Flag, Model, Text
from sparkmodel.problems import Finding, listed, nearest, refuse
from sparkmodel.shared import SIMPLE, ColumnType, Primitive, parse_type
from sparkmodel.type_words import TYPE_PATTERN, TYPES, type_fault

NUMBERS = ("int", "long", "float", "double", "decimal")
MOMENTS = ("timestamp", "timestamp_ntz")
TIMES = ("date", *MOMENTS)
NESTED = ("array", "map", "struct")

_OUR_WORDS = {spark: ours for ours, spark in SIMPLE.items()}


def _column_type(text: str) -> str:
    if fault := type_fault(text):
        raise refuse(fault[0], nearest=fault[1])
    return text


class Column(Model):
    """A column of a table.

    Args:
        type: string, int, long, float, double, boolean, date, timestamp, timestamp_ntz, binary,
            decimal(precision,scale), array<type>, map<type,type> or struct<name:type>.
        required: Whether every row must have a value. Default: no.
        doc: What the column means. Default: nothing is said.
        was: Its name until now; the column is renamed and keeps its values. Default: it always had
            this one.
        sensitivity: Why no message, mail or report may show its values: `personal` or
            `confidential`. Default: they may be shown.
    """

    type: Annotated[Text, AfterValidator(_column_type)] = Field(
        description=f"{listed(TYPES[:-1])}, or {TYPES[-1]}.",
        json_schema_extra={"pattern": TYPE_PATTERN},
    )
    required: Flag = Field(default=False, description="Whether every row must have a value.")
    doc: Text = Field(default="", description="What the column means.")
    was: Text | None = Field(
        default=None, min_length=1, description="Its name until now: the column is renamed."
    )
    sensitivity: Literal["personal", "confidential"] | None = Field(
        default=None, description="Why no message or report may show its values."
    )

    @property
    def parsed(self) -> ColumnType:
        """The type, taken apart."""
        return parse_type(self.type)

    @property
    def word(self) -> str:
        """The type's first word: `long`, `decimal`, `struct`."""
        parsed = self.parsed
        return _OUR_WORDS[parsed.name] if isinstance(parsed, Primitive) else _first_word(parsed)


def _first_word(parsed: ColumnType) -> str:
    return type(parsed).__name__.lower()


def unknown_column(
    path: tuple[str | int, ...], name: str, columns: Mapping[str, Column]
) -> Finding | None:
    """Say that a key names a column that there is not; None if there is.

    Args:
        path: The key.
        name: The column that it names.
        columns: Those of the table.
    """
    if name in columns:
        return None
    return Finding(
        path=path,
        text=f'"{name}" is not a column. Columns: {listed(columns)}.',
        nearest=nearest(name, columns),
    )


def renaming_findings(columns: Mapping[str, Column]) -> Iterator[Finding]:
    """Say which columns cannot have been what they say they were."""
    first: dict[str, str] = {}
    for name, column in columns.items():
        path = ("columns", name, "was")
        if column.was is None:
            continue
        if column.was in columns:
            what = "this column itself" if column.was == name else "a column of the table"
            text = f"is {what}: was names a column that is there no more. Leave it out, or"
            yield Finding(path=path, text=f'{text} take "{column.was}" out of columns.')
        elif column.was in first:
            other = first[column.was]
            text = f"is what {other} was too, and one column cannot become two. Keep one of them."
            yield Finding(path=path, text=text)
        else:
            first[column.was] = name
