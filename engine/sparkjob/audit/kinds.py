"""What each kind of check asks of Spark: a condition that rows break, or a figure of them all."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Optional

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sparkjob.column_types import MAX_PRECISION
from sparkjob.contracts import Check, Contract, Value

_CONTEXT = Context(prec=2 * MAX_PRECISION)
_WHOLE = (T.ByteType, T.ShortType, T.IntegerType, T.LongType, T.DecimalType)


def breaks(check: Check, rows: DataFrame) -> Optional[Column]:
    """The condition that a row meets if it breaks a check; None if the check asks something else.

    Range and accepted values judge no nulls: that a value is there is for not_null to say. NaN
    breaks each range.
    """
    if check.column is None or check.fresh_hours is not None:
        return None
    column, kind = F.col(check.column), type_of(rows, check.column)
    if check.not_null:
        return column.isNull()
    if check.accepted is not None:
        return ~column.isin([_literal(value, kind) for value in check.accepted])
    outside = F.isnan(column) if isinstance(kind, (T.FloatType, T.DoubleType)) else F.lit(False)
    if check.min is not None:
        outside = outside | (column < _literal(check.min, kind, ROUND_CEILING))
    if check.max is not None:
        outside = outside | (column > _literal(check.max, kind, ROUND_FLOOR))
    return outside


def shared(check: Check, contract: Contract, rows: DataFrame, *also: Column) -> DataFrame:
    """What several rows share though it should be unique, with `n`, how many these are.

    As in SQL a null is equal to nothing; but in the key of the table it is a value like others,
    for a row without a key is a row that nobody can name.

    Args:
        check: Of the kind unique.
        contract: Of the output.
        rows: What the run brings.
        also: More to know of the rows that share it.
    """
    if check.unique != contract.key:
        for name in check.unique:
            rows = rows.where(F.col(name).isNotNull())
    parts = [F.col(name).alias(f"u{at}") for at, name in enumerate(check.unique)]
    found = rows.groupBy(*parts).agg(F.count(F.lit(1)).alias("n"), *also)
    return found.where(F.col("n") > 1)


def newest(check: Check) -> Column:
    """The greatest value of a column, in microseconds since 1970.

    A date is its first moment, in the time zone of the session, as is a time without a zone.
    """
    return F.unix_micros(F.max(F.col(str(check.column)).cast("timestamp")))


def type_of(rows: DataFrame, column: str) -> T.DataType:
    """The type of a column, or of a field in it (`address.zip`)."""
    return rows.select(F.col(column)).schema.fields[0].dataType


def _literal(value: Value, kind: T.DataType, rounding: Optional[str] = None) -> Column:
    """A value of a contract, so that comparing a column with it loses no digit.

    Spark would compare whole numbers and decimals with 0.5 as doubles, and a float with a double
    that is nearer to what the contract says than any float is.

    Args:
        value: As the contract has it.
        kind: Type of the column.
        rounding: To the digits that a column has, of a bound: it then bounds the same values.
    """
    if isinstance(value, (bool, str)):
        return F.lit(value)
    if isinstance(kind, T.FloatType):
        return F.lit(float(value)).cast(T.FloatType())
    scale = kind.scale if isinstance(kind, T.DecimalType) else 0
    fits = math.isfinite(value) and abs(value) < 10 ** (MAX_PRECISION - scale)
    if isinstance(kind, _WHOLE) and fits:
        exact = Decimal(str(value))
        step = Decimal(1).scaleb(-scale)
        found = exact.quantize(step, rounding, _CONTEXT) if rounding else exact
        return F.lit(Decimal(format(found, "f")))
    return F.lit(float(value))
