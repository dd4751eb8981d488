"""The contract of a table: what `tables/<database>/<table>.toml` says."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparkmodel.base import Flag, Model, Number, Text
from sparkmodel.names import Identifier, TableName
from sparkmodel.problems import listed, nearest, refuse

SIMPLE_TYPES = ("string", "int", "long", "double", "boolean", "date", "timestamp")
QUARANTINE_SUFFIX = "_quarantine"
_NUMERIC = ("int", "long", "double", "decimal")
_DECIMAL = re.compile(r"decimal\((\d{1,3}), ?(\d{1,3})\)")
_MAX_PRECISION = 38
_BUILT = ("replace", "append")


def _column_type(text: str) -> str:
    if text in SIMPLE_TYPES:
        return text
    if match := _DECIMAL.fullmatch(text):
        precision, scale = int(match[1]), int(match[2])
        if 1 <= precision <= _MAX_PRECISION and scale <= precision:
            return f"decimal({precision},{scale})"
        raise refuse(
            f"is not a decimal: precision is 1 to {_MAX_PRECISION}, scale 0 to the precision."
        )
    raise refuse(
        f"is not a type. Types: {listed(SIMPLE_TYPES)}, decimal(precision,scale).",
        nearest=nearest(text, [*SIMPLE_TYPES, "decimal(10,2)"]),
    )


def _write_mode(mode: str) -> str:
    if mode not in _BUILT:
        raise refuse(
            f'is not built yet. Write modes: {listed(_BUILT)}. Instead: "replace" writes the whole '
            "table anew in each run, so no row can be there twice."
        )
    return mode


WriteMode = Annotated[
    Literal["replace", "append", "overwrite_partitions", "merge"], AfterValidator(_write_mode)
]


class Column(Model):
    """A column of a table.

    Args:
        type: string, int, long, double, boolean, date, timestamp or decimal(precision,scale).
        required: Whether every row must have a value. Default: no.
        doc: What the column means. Default: nothing is said.
    """

    type: Annotated[Text, AfterValidator(_column_type)] = Field(
        description=f"{listed(SIMPLE_TYPES)}, or decimal(precision,scale)."
    )
    required: Flag = Field(default=False, description="Whether every row must have a value.")
    doc: Text = Field(default="", description="What the column means.")

    @property
    def numeric(self) -> bool:
        """Whether values can be compared with a number."""
        return self.type.startswith(_NUMERIC)


class Check(Model):
    """What values of a column are plausible; it is counted on every run.

    Args:
        column: A column of numbers.
        min: Least plausible value. Default: no limit.
        max: Greatest plausible value. Default: no limit.
        action: `warn` reports rows outside as suspicious; `fail` fails the run before it publishes.
    """

    column: Text = Field(description="A column of numbers.")
    min: Number | None = Field(default=None, description="Least plausible value.")
    max: Number | None = Field(default=None, description="Greatest plausible value.")
    action: Literal["warn", "fail"] = Field(
        default="warn", description="warn: report rows outside; fail: fail the run."
    )

    @model_validator(mode="after")
    def _bounds(self) -> Check:
        if self.min is None and self.max is None:
            raise refuse("checks nothing: give min, max or both.")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise refuse(f"can never hold: min {self.min:g} is greater than max {self.max:g}.")
        return self


class Table(Model):
    """The contract of a table.

    Args:
        name: `database.table`. The reader takes it from the file's path.
        description: What a row is.
        write: `replace` (each run writes the whole table) or `append` (a run first deletes the rows
            of its own run key).
        key: Columns that together name a row. Default: rows have no key.
        partition: Columns that split the table's files. Default: it is not split.
        columns: By name, in the table's order.
        checks: What is plausible. Default: nothing is checked.

    Raises:
        ValidationError: A column that key, partition or checks name does not exist, or the mode of
            writing is not built yet.
    """

    format: Literal[1] = Field(default=1, description="Version of this format: 1.")
    name: TableName
    description: Text = Field(default="", description="What a row is.")
    write: WriteMode = Field(
        description="replace: each run writes the whole table; or append.",
        json_schema_extra={"enum": list(_BUILT)},
    )
    key: tuple[Text, ...] = Field(default=(), description="Columns that together name a row.")
    partition: tuple[Text, ...] = Field(
        default=(), description="Columns that split the table's files."
    )
    columns: dict[Identifier, Column] = Field(
        min_length=1, description="Columns by name, in the table's order."
    )
    checks: tuple[Check, ...] = Field(default=(), description="What values are plausible.")

    @property
    def database(self) -> str:
        """The part of the name before the dot."""
        return self.name.partition(".")[0]

    @property
    def table(self) -> str:
        """The part of the name after the dot."""
        return self.name.partition(".")[2]

    @model_validator(mode="after")
    def _columns_exist(self) -> Table:
        if self.table.endswith(QUARANTINE_SUFFIX):
            raise refuse(
                f"is taken: {self.name} is where refused rows of a table go.", at=("name",)
            )
        for key, named in (("key", self.key), ("partition", self.partition)):
            if len(set(named)) < len(named):
                raise refuse("names a column twice.", at=(key,))
            for column in named:
                self._known(column, at=(key,))
        for index, check in enumerate(self.checks):
            at = ("checks", str(index), "column")
            if not self._known(check.column, at=at).numeric:
                raise refuse("is not a column of numbers, so min and max mean nothing.", at=at)
        return self

    def _known(self, column: str, *, at: tuple[str, ...]) -> Column:
        if column not in self.columns:
            raise refuse(
                f'"{column}" is not a column. Columns: {listed(self.columns)}.',
                at=at,
                nearest=nearest(column, self.columns),
            )
        return self.columns[column]
