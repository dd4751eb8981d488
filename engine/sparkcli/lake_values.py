"""Values of a query as JSON has them."""

import datetime
import decimal
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """Columns and rows of a query, of plain Python values."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def document_of(answer: Answer) -> list[dict[str, Any]]:
    """An answer as a list of row objects."""
    return [dict(zip(answer.columns, map(plain, row), strict=True)) for row in answer.rows]


def plain(value: Any) -> Any:  # noqa: ANN401, PLR0911
    """A value as JSON has it: dates ISO, decimals numbers, what is not a number null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, decimal.Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, bool | int | str | None) else str(value)
