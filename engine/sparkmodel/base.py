"""What all models share: frozen, closed, and strict about types.

TOML has real types, so `"5"` where a number belongs is a mistake, not a spelling of 5.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict

from sparkmodel.problems import refuse

Text = Annotated[str, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]


class Model(BaseModel):
    """A model that cannot be changed and knows all of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def not_built(instead: str) -> AfterValidator:
    """Refuse any value of a field that a later release builds.

    Args:
        instead: A sentence: what to do until then.
    """

    def refuse_it(value: object) -> object:
        if value is not None:
            raise refuse(f"is not built yet. {instead}")
        return value

    return AfterValidator(refuse_it)
