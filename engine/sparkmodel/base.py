"""What all models share: frozen, closed, and strict about types.

TOML has real types, so `"5"` where a number belongs is a mistake, not a spelling of 5.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Strict

Text = Annotated[str, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]


class Model(BaseModel):
    """A model that cannot be changed and knows all of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
