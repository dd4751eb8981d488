"""Turn values of rows into what JSON can carry, the same on every computer."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from pyspark.sql import types as T


def plain(value: Any, kind: T.DataType) -> Any:  # noqa: ANN401, PLR0911  a value of any kind
    """Turn a value into one that JSON can carry.

    A moment is in UTC, whatever the clock of the computer; a number that JSON does not know is
    text (`NaN`), as are decimals, which would lose digits; bytes are hexadecimal.

    Args:
        value: As PySpark collects it.
        kind: Its type in Spark.
    """
    if value is None:
        return None
    if isinstance(kind, T.StructType):
        return {field.name: plain(value[field.name], field.dataType) for field in kind.fields}
    if isinstance(kind, T.ArrayType):
        return [plain(each, kind.elementType) for each in value]
    if isinstance(kind, T.MapType):
        return {
            str(plain(name, kind.keyType)): plain(each, kind.valueType)
            for name, each in value.items()
        }
    if isinstance(kind, T.TimestampType):  # collected as what a clock here shows, without a zone
        return value.astimezone(timezone.utc).isoformat()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return _UNKNOWN_TO_JSON.get(value, "NaN")
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return format(value, "f") if isinstance(value, Decimal) else value


_UNKNOWN_TO_JSON = {math.inf: "Infinity", -math.inf: "-Infinity"}
