"""Rows past their time are deleted, as the contract says."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from sparkjob.contracts import Contract
from sparkjob.maintenance.table import NOTHING, KeptTable
from sparkjob.publishing.iceberg import with_properties


def delete_old_rows(table: KeptTable, contract: Contract) -> str:
    """Delete the rows whose column is older than the contract keeps them; none, no commit.

    A day counts as a whole, in UTC, so that a table split by day drops files and writes none.

    Args:
        table: The table.
        contract: Names the column and the days.
    """
    if contract.retention is None:
        return ""
    first = datetime.now(timezone.utc).date() - timedelta(days=contract.retention.days)
    column = next(each for each in contract.columns if each.name == contract.retention.column)
    moment = _moment(column.type, first)
    deleted = delete_where(table, f"`{column.name}` < {moment}")
    return f"{deleted:,} rows of before {first} deleted" if deleted else NOTHING


def delete_where(table: KeptTable, condition: str) -> int:
    """Delete rows in one commit; if there are none, there is no commit.

    Args:
        table: The table.
        condition: Which rows, in SQL.

    Returns:
        How many.
    """
    rows = int(table.spark.table(table.name).where(condition).count())
    if rows:
        delete = f"DELETE FROM {table.name} WHERE {condition}"
        with_properties(table.spark, table.marks, lambda: table.spark.sql(delete))
    return rows


def _moment(type_: str, day: date) -> str:
    """The first moment of a day, as a literal of SQL.

    >>> _moment("timestamp", date(2026, 11, 21))
    "TIMESTAMP '2026-11-21 00:00:00 UTC'"
    """
    if type_ == "date":
        return f"DATE '{day}'"
    if type_ == "timestamp_ntz":
        return f"TIMESTAMP_NTZ '{day} 00:00:00'"
    return f"TIMESTAMP '{day} 00:00:00 UTC'"
