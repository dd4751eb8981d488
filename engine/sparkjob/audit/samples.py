"""A few rows that break a check, as people and reports may see them."""

from __future__ import annotations

import json
from typing import AbstractSet, Any, Dict, Sequence, Tuple

from pyspark.sql import DataFrame
from pyspark.sql import types as T

from sparkjob.audit.findings import cut
from sparkjob.contracts import HIDDEN
from sparkjob.plain import plain

SAMPLES = 5
_LETTERS = 100  # of a value
Sample = Tuple[Dict[str, Any], ...]


def first_rows(rows: DataFrame, names: Sequence[str], hidden: AbstractSet[int]) -> Sample:
    """The first rows by the order of their columns.

    Args:
        rows: Those that break a check.
        names: What people call the columns, in their order.
        hidden: Places of columns whose values may not be shown; that there is none may.
    """
    found = rows.toDF(*(f"c{at}" for at in range(len(names))))  # names of an answer may be twice
    fields = found.schema.fields
    sortable = [field.name for field in fields if "map<" not in field.dataType.simpleString()]
    ordered = found.orderBy(*sortable).limit(SAMPLES)
    return tuple(
        {
            name: HIDDEN if at in hidden and row[at] is not None else _shown(row[at], fields[at])
            for at, name in enumerate(names)
        }
        for row in ordered.collect()
    )


def _shown(value: object, field: T.StructField) -> object:
    """A value as JSON has it, or the beginning of its text if that is long."""
    found = plain(value, field.dataType)
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return found if len(text) <= _LETTERS else cut(text, _LETTERS)
