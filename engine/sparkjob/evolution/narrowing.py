"""Writes a column anew in a narrower type; killed at any moment, the next run goes on with it."""

from __future__ import annotations

from typing import Any, Optional

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from sparkjob.contracts import Contract
from sparkjob.errors import ContractBroken
from sparkjob.evolution.apply import Changer
from sparkjob.evolution.changes import (
    AddColumn,
    Describe,
    Drop,
    Narrow,
    Rename,
    Require,
    SetProperty,
)
from sparkjob.evolution.choices import words
from sparkjob.evolution.ddl import quoted
from sparkjob.evolution.fitting_values import cast, is_lost
from sparkjob.evolution.live_reader import read_live
from sparkjob.evolution.properties import properties_of
from sparkjob.publishing.iceberg import commit, is_conflict, load

_MODE = "write.update.mode"
TRIES = 5  # each begins anew because another writer was faster


def narrow(spark: SparkSession, table: str, change: Narrow, contract: Contract) -> None:
    """Give a column its narrower type.

    A helper column is added and filled; then one transaction drops the column and gives the helper
    its name. That transaction is made only on a snapshot in which every row has its value.
    Snapshots from before do not know the new column: rolled back to one of them, it is null.

    It is filled by copy-on-write, whatever the table's mode: merge-on-read would leave data files
    without the column, which cannot be read when it is required, though no row of them counts.

    Args:
        spark: The session.
        table: catalog.database.table.
        change: The column and its new type.
        contract: Says how the table's rows are updated otherwise.

    Raises:
        ContractBroken: A row came meanwhile whose value would be lost, or others were always
            faster.
    """
    failure: Optional[Exception] = None
    for _ in range(TRIES):
        if not commit(spark, table, lambda txn: _add_helper(spark, txn, change)):
            break
        spark.catalog.refreshTable(table)
        try:
            _fill(spark, table, change)
            done = commit(spark, table, lambda txn: _swap(spark, table, txn, change, contract))
        except Exception as error:  # its type depends on the version of Spark
            if not _lost_race(spark, table, change, error):
                raise
            failure = error
            continue
        if done:
            break
    else:
        raise failure or ContractBroken(
            f"{table}: others wrote to it all the time, so {change.column} could not become "
            f"{words(change.type)}. Nothing was lost; run it again when nobody else writes."
        )
    load(spark, table)
    spark.catalog.refreshTable(table)


def _add_helper(spark: SparkSession, transaction: Any, change: Narrow) -> bool:  # noqa: ANN401
    """Whether there is still something to do."""
    live = read_live(spark, transaction.table())
    there = live.column(change.column)
    if there is None or there.type == change.type:
        return False
    changer = Changer(spark, transaction)
    if live.column(change.helper) is None:
        doc = f"Will be {change.column}, once it is filled"
        changer.apply([AddColumn(change.helper, change.type, doc)])
    changer.apply([SetProperty(_MODE, "copy-on-write")])
    return True


def _fill(spark: SparkSession, table: str, change: Narrow) -> None:
    value = cast(change.column, change.type)
    spark.sql(
        f"UPDATE {quoted(table)} SET `{change.helper}` = {value} "
        f"WHERE NOT (`{change.helper}` <=> {value})"
    )


def _lost_race(spark: SparkSession, table: str, change: Narrow, error: Exception) -> bool:
    """Whether another writer was faster, so that the rest is to be done on what it left."""
    gone = read_live(spark, load(spark, table)).column(change.helper) is None
    return gone or is_conflict(error) or "ValidationException" in str(error)


def _swap(
    spark: SparkSession,
    table: str,
    transaction: Any,  # noqa: ANN401
    change: Narrow,
    contract: Contract,
) -> bool:
    """Whether the column is narrow now; not if rows came that have to be filled first."""
    live = read_live(spark, transaction.table())
    there = live.column(change.column)
    if there is None or live.column(change.helper) is None:
        return False  # another writer did it; the next round sees that
    spark.catalog.refreshTable(table)
    value = cast(change.column, change.type)
    # What is read here is what the transaction began with: else its schema update fails.
    lost = is_lost(change.column, change.before, change.type)
    if change.required:
        lost += f" OR `{change.column}` IS NULL"
    unfilled, unfit = (
        spark.table(table)
        .select(
            F.count_if(F.expr(f"NOT (`{change.helper}` <=> {value})")), F.count_if(F.expr(lost))
        )
        .first()
    )
    if unfit:
        raise ContractBroken(
            f"{table}: {unfit:,} rows came meanwhile whose {change.column} cannot become "
            f"{words(change.type)}{', required' if change.required else ''}. It stays as it is."
        )
    if unfilled:
        return False
    names = [each.name for each in live.columns]
    at = names.index(change.column)
    required = [Require(change.helper, change.why)] if change.required else []
    changer = Changer(spark, transaction)
    changer.apply([SetProperty(_MODE, properties_of(contract)[_MODE])])
    changer.replace(
        Drop(change.column, change.why),
        Rename(change.column, change.helper),
        Describe(change.helper, change.doc),
        *required,
        after=names[at - 1] if at else None,
    )
    return True
