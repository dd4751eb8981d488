"""Partitions as Iceberg's own expressions, so that an action looks at these files and no others."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any, List, Mapping, Sequence

from sparkjob.maintenance.table import KeptTable

_IDENTITY, _VOID = "identity", "void"


def filter_of(table: KeptTable, partitions: Sequence[Any]) -> Any:  # noqa: ANN401  of the JVM
    """An expression that is true for the rows of some partitions.

    Args:
        table: Knows how its partitions are made of columns.
        partitions: Rows of metadata tables, with `spec_id` and `partition`.
    """
    java = table.spark._jvm.org.apache.iceberg.expressions.Expressions
    found = [_partition(table, java, row) for row in partitions]
    return _joined(java, "or", found) if found else java.alwaysFalse()


def _partition(table: KeptTable, java: Any, row: Any) -> Any:  # noqa: ANN401
    spec = table.java.specs()[row["spec_id"]]
    values: Mapping[str, Any] = row["partition"].asDict() if "partition" in row else {}
    terms = [_term(table, java, field, values.get(field.name())) for field in spec.fields()]
    return _joined(java, "and", [term for term in terms if term is not None])


def _term(table: KeptTable, java: Any, field: Any, value: Any) -> Any:  # noqa: ANN401
    column = table.java.schema().findColumnName(field.sourceId())
    kind = str(field.transform().toString())
    if kind == _VOID or column is None:  # the column is gone, its values say nothing any more
        return None
    term = java.ref(column) if kind == _IDENTITY else java.transform(column, field.transform())
    if value is None:
        return java.isNull(term)
    if isinstance(value, float) and math.isnan(value):
        return java.isNaN(term)
    zoned = "timestamptz" in str(table.java.schema().findType(field.sourceId()))
    return java.equal(term, literal(value, zoned=zoned))


def literal(value: Any, *, zoned: bool = False) -> Any:  # noqa: ANN401
    """A value as Iceberg reads it: dates and decimals as text, moments in microseconds.

    Args:
        value: As Spark hands it over.
        zoned: Whether a datetime is a moment in the computer's zone, not what a clock shows.

    >>> literal(datetime.date(2026, 11, 21)), literal("eu"), literal(3)
    ('2026-11-21', 'eu', 3)
    >>> literal(datetime.datetime(1970, 1, 1, 0, 0, 2))
    2000000
    """
    if isinstance(value, datetime.datetime):
        utc = datetime.timezone.utc
        moment = value.astimezone(utc) if zoned else value.replace(tzinfo=utc)
        since = moment - datetime.datetime(1970, 1, 1, tzinfo=utc)
        return since // datetime.timedelta(microseconds=1)
    return str(value) if isinstance(value, (datetime.date, Decimal)) else value


def _joined(java: Any, how: str, found: List[Any]) -> Any:  # noqa: ANN401
    """Join expressions pairwise, so that none is nested deeper than it must."""
    if not found:
        return java.alwaysTrue()
    join = getattr(java, how)
    while len(found) > 1:
        pairs = [found[place : place + 2] for place in range(0, len(found), 2)]
        found = [join(*pair) if len(pair) > 1 else pair[0] for pair in pairs]
    return found[0]
