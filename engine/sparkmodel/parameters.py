"""Values that a person may change when starting a run."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import Field, field_validator, model_validator

from sparkmodel.base import Model
from sparkmodel.problems import refuse


class Parameter(Model):
    """A value that the code reads and a person may change when starting a run by hand.

    Args:
        type: string, int, double, boolean or date.
        default: What a run gets unless told otherwise; a date as "2026-11-21".
    """

    type: Literal["string", "int", "double", "boolean", "date"] = Field(
        description="string, int, double, boolean or date."
    )
    default: bool | int | float | str = Field(description="What a run gets unless told otherwise.")

    @field_validator("default", mode="plain", json_schema_input_type=bool | int | float | str)
    @classmethod
    def _scalar(cls, value: object) -> bool | int | float | str:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value.isoformat()
        if not isinstance(value, bool | int | float | str):
            raise refuse("is not a value. Allowed: text, a number, true, false, a date.")
        return value

    @model_validator(mode="after")
    def _default_fits(self) -> Parameter:
        fits = {
            "string": isinstance(self.default, str) and self.default.isprintable(),
            "int": type(self.default) is int and abs(self.default) < 2**63,
            "double": type(self.default) in (int, float),
            "boolean": isinstance(self.default, bool),
            "date": isinstance(self.default, str) and _is_date(self.default),
        }
        if not fits[self.type]:
            raise refuse(f'does not fit type = "{self.type}".', at=("default",))
        return self

    @property
    def text(self) -> str:
        """The default as an argument: "3", "true", "2026-11-21"."""
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
