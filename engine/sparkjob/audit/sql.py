"""Checks in SQL: what a query over `staged` and `published` answers breaks the check."""

from __future__ import annotations

import re
import uuid
from typing import Dict, Iterable, List, Optional, Set

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

_CLASS = re.compile(r"^\[[A-Z0-9_.]+\] ")
_PLACE = re.compile(r"(; |\()line \d+,? pos \d+.*$")
_FAULT = re.compile(r"Spark\w*Exception: \[([A-Z0-9_.]+)\] (.*)")
_MIXED = ("Union",)  # its columns have the names of the first part and values of them all


def ask(sql: str, staged: DataFrame, published: Optional[DataFrame]) -> DataFrame:
    """Prepare a query of a contract; the names that it uses are known to it alone.

    Args:
        sql: A SELECT over `staged` and `published`.
        staged: What the run brings.
        published: The whole table as it would be. None: there is no table.

    Raises:
        AnalysisException: Spark cannot run it. Its class depends on what is wrong.
    """
    spark = staged.sparkSession
    named = {"staged": staged, **({} if published is None else {"published": published})}
    views: Dict[str, str] = {name: f"sparkrail_{uuid.uuid4().hex}" for name in named}
    parts = ", ".join(f"{name} AS (SELECT * FROM {view})" for name, view in views.items())
    try:
        for name, frame in named.items():
            frame.createOrReplaceTempView(views[name])
        return spark.sql(f"WITH {parts} SELECT * FROM (\n{sql.strip().rstrip(';')}\n)")
    finally:
        for view in views.values():
            spark.catalog.dropTempView(view)


def secret_columns(
    answer: DataFrame, known: Iterable[DataFrame], sensitive: Iterable[str]
) -> Set[int]:
    """The places of an answer's columns whose values may not be shown.

    If a table has sensitive columns, only those are shown that come as they are from columns that
    are not sensitive: an expression, or a column under another's name, may hold anything.
    """
    hidden = {name.lower() for name in sensitive}  # a catalog may have changed the case
    if not hidden:
        return set()
    shown = {
        number
        for frame in known
        for at, number in enumerate(_ids(frame))
        if frame.columns[at].lower() not in hidden
    }
    columns = _ids(answer)
    plan = answer._jdf.queryExecution().analyzed().toString()
    if any(sign in plan for sign in _MIXED):
        return set(range(len(columns)))
    return {at for at, number in enumerate(columns) if number not in shown}


def reason(error: Exception, *, values: bool) -> Optional[str]:
    """Say in Spark's own words why it could not run a query; None if the query is not to blame.

    Args:
        error: What came out of Spark.
        values: Whether the words may have values of rows in them.
    """
    text = str(error).strip()
    if isinstance(error, AnalysisException):
        line = _PLACE.sub("", text.splitlines()[0])
        return _CLASS.sub("", line).rstrip(".; ")
    fault = _FAULT.search(text)
    if fault is None:
        return None
    return fault[2].rstrip(".; ") if values else f"{fault[1]}, with a value that is hidden"


def _ids(frame: DataFrame) -> List[int]:
    """What Spark calls the columns of a frame, and of all that show them as they are."""
    output = frame._jdf.queryExecution().analyzed().output()
    return [output.apply(at).exprId().id() for at in range(output.size())]
