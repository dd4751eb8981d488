"""What must hold of a table's rows before a run publishes them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator

from sparkmodel.base import Flag, Model, Number, Text, Whole
from sparkmodel.problems import listed, refuse

KINDS: Mapping[str, tuple[str, ...]] = {
    "range": ("min", "max"),
    "accepted": ("accepted",),
    "not_null": ("not_null",),
    "unique": ("unique",),
    "rows": ("rows",),
    "fresh_hours": ("fresh_hours",),
    "sql": ("sql",),
}
"""The kinds of checks, and the keys that make a check one of a kind."""

OF_A_COLUMN = ("range", "accepted", "not_null", "fresh_hours")
OF_EACH_ROW = ("range", "accepted", "not_null")

_ONE_OF = (
    "min and max (with column), accepted (with column), not_null (with column), unique, rows, "
    "fresh_hours (with column), sql"
)
_UNSEEN = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL
)
_TWO_VIEWS = "`staged` is what the run brings, `published` the whole table as it would be."


def _value(value: object) -> object:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    if not isinstance(value, bool | int | float | str):
        raise refuse("is not a value. Allowed: text, a number, true, false, a date.")
    return value


def _each_once(values: tuple[object, ...]) -> tuple[object, ...]:
    for index, value in enumerate(values):
        if any(type(value) is type(each) and value == each for each in values[:index]):
            raise refuse("is there twice.", at=(str(index),))
    return values


def _on(flag: bool) -> bool:
    if not flag:
        raise refuse("checks nothing. Leave the check out, or set it to true.")
    return flag


def _hours(hours: float) -> float:
    if hours <= 0:
        raise refuse("must be more than 0 hours: nothing is newer than now.")
    return hours


def _one_select(sql: str) -> str:
    seen = _UNSEEN.sub(" ", sql).strip()
    if not re.match(r"(?i)select\b", seen):
        raise refuse(f"is not a SELECT. Each row that it returns breaks the check. {_TWO_VIEWS}")
    if ";" in seen:
        raise refuse("must be one SELECT: take the semicolon out.")
    if not re.search(r"(?i)\b(staged|published)\b", seen):
        raise refuse(f"reads neither staged nor published. {_TWO_VIEWS}")
    return sql


AcceptedValue = Annotated[
    Any,
    AfterValidator(_value),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]


class Rows(Model):
    """How many rows a run may bring.

    Args:
        min: Least number. Default: no limit.
        max: Greatest number. Default: no limit.
    """

    min: Whole | None = Field(default=None, ge=0, description="Least number of rows.")
    max: Whole | None = Field(default=None, ge=0, description="Greatest number of rows.")

    @model_validator(mode="after")
    def _can_hold(self) -> Rows:
        if self.min is None and self.max is None:
            raise refuse("checks nothing. Give min, max or both.")
        _bounds(self.min, self.max)
        return self


def _exactly_one_kind(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"anyOf": [{"required": [key]} for key in keys]} for keys in KINDS.values()]


class Check(Model):
    """What must hold; exactly one kind of check, each with keys of its own.

    Args:
        name: What people call it. Default: what it checks, such as `0 <= ratio <= 1`.
        action: `fail` fails the run before it publishes; `warn` reports and publishes.
        share: Share of the rows, 0 to 1, that may break a check of a column's values.
        column: The column of min, max, accepted, not_null and fresh_hours.
        min: Least value of a column of numbers. Default: no limit.
        max: Greatest value of a column of numbers. Default: no limit.
        accepted: All values that the column may have.
        not_null: Each row has a value in the column.
        unique: Columns that no two rows of the table share.
        rows: How many rows a run may bring.
        fresh_hours: Greatest age of the column's newest value, counted back from the end of the
            run's interval, or from now for a job without one.
        sql: A SELECT over `staged` (what the run brings) and `published` (the whole table as it
            would be); each row of its answer breaks the check.

    Raises:
        ValidationError: It checks nothing, is of two kinds, or has a key that its kind has not.
    """

    model_config = ConfigDict(json_schema_extra=_exactly_one_kind)

    name: Text | None = Field(default=None, min_length=1, description="What people call it.")
    action: Literal["fail", "warn"] = Field(
        default="fail", description="fail: fail the run before it publishes; warn: report it."
    )
    share: Number = Field(
        default=0.0, ge=0, le=1, description="Share of the rows that may break it, 0 to 1."
    )
    column: Text | None = Field(
        default=None, description="With min, max, accepted, not_null, fresh_hours."
    )
    min: Number | None = Field(default=None, description="Least value of a column of numbers.")
    max: Number | None = Field(default=None, description="Greatest value of a column of numbers.")
    accepted: Annotated[tuple[AcceptedValue, ...], AfterValidator(_each_once)] | None = Field(
        default=None, min_length=1, description="All values that the column may have."
    )
    not_null: Annotated[Flag, AfterValidator(_on)] | None = Field(
        default=None, description="Each row has a value in the column."
    )
    unique: Annotated[tuple[Text, ...], AfterValidator(_each_once)] | None = Field(
        default=None, min_length=1, description="Columns that no two rows share."
    )
    rows: Rows | None = Field(default=None, description="How many rows a run may bring.")
    fresh_hours: Annotated[Number, AfterValidator(_hours)] | None = Field(
        default=None, description="Greatest age of the column's newest value, in hours."
    )
    sql: Annotated[Text, AfterValidator(_one_select)] | None = Field(
        default=None, description="A SELECT over staged and published; its rows break the check."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Check:
        kinds = [kind for kind, keys in KINDS.items() if any(map(self._has, keys))]
        if not kinds:
            raise refuse(f"checks nothing. Give exactly one of {_ONE_OF}.")
        if len(kinds) > 1:
            raise refuse(
                f"is {len(kinds)} checks in one: {listed(kinds)}. Write [[checks]] for each."
            )
        return self

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Check:
        if self.kind in OF_A_COLUMN and self.column is None:
            raise refuse(f"is missing: {self.kind} checks a column's values.", at=("column",))
        if self.kind not in OF_A_COLUMN and self.column is not None:
            raise refuse(
                f"does not go with {self.kind}, which checks no single column. It goes with "
                f"{listed(OF_A_COLUMN)}.",
                at=("column",),
            )
        if self.share and self.kind not in OF_EACH_ROW:
            raise refuse(
                f"does not go with {self.kind}, which holds or does not. It goes with "
                f"{listed(OF_EACH_ROW)}.",
                at=("share",),
            )
        _bounds(self.min, self.max)
        return self

    def _has(self, key: str) -> bool:
        return getattr(self, key) is not None

    @property
    def kind(self) -> str:
        """Which of the kinds it is; a check by min and max is `range`."""
        return next(kind for kind, keys in KINDS.items() if any(map(self._has, keys)))


def _bounds(low: float | None, high: float | None) -> None:
    if low is not None and high is not None and low > high:
        raise refuse(f"can never hold: min {low:.15g} is greater than max {high:.15g}.")
