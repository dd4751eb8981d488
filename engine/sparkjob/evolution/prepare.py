"""Makes a table keep its contract before a run writes to it: creates it, or evolves it."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

from pyspark.sql import SparkSession

from sparkjob.contracts import Contract
from sparkjob.errors import ContractBroken
from sparkjob.evolution.apply import Changer
from sparkjob.evolution.changes import Change, Narrow, Refusal, Rename, Require
from sparkjob.evolution.ddl import create_table
from sparkjob.evolution.differences import differences
from sparkjob.evolution.fitting_values import unfit, unreadable
from sparkjob.evolution.live_reader import read_live
from sparkjob.evolution.narrowing import narrow
from sparkjob.publishing.iceberg import commit, load


def prepare(spark: SparkSession, table: str, contract: Contract) -> None:
    """Create a table from its contract, or evolve it.

    All changes are one transaction of Iceberg: readers and other writers see all of them or none.
    A writer that comes second reads again what the first has made, and finds nothing left to do.
    Only a narrower type takes more than one, see `narrowing`.

    Args:
        spark: The session.
        table: catalog.database.table.
        contract: What the table should be.

    Raises:
        ContractBroken: Something must be settled by a person first; it names all of it. Nothing
            was changed.
    """
    if not spark.catalog.tableExists(table):
        _create(spark, table, contract)
    narrows = commit(spark, table, lambda txn: _evolve(spark, table, txn, contract))
    if narrows is None:
        return
    load(spark, table)
    spark.catalog.refreshTable(table)
    for each in narrows:
        narrow(spark, table, each, contract)


def _create(spark: SparkSession, table: str, contract: Contract) -> None:
    try:
        spark.sql(create_table(table, contract))
    except Exception:
        # Another run may have created it between the look and the commit.
        if not spark.catalog.tableExists(table):
            raise


def _evolve(
    spark: SparkSession,
    table: str,
    transaction: Any,  # noqa: ANN401  an object of the JVM
    contract: Contract,
) -> Optional[List[Narrow]]:
    """Put what can be done at once into the transaction.

    Returns:
        What is left to do; None: the table keeps its contract.
    """
    plan = differences(contract, read_live(spark, transaction.table()))
    refusals = [*plan.refusals, *_unfit(spark, table, plan.changes, contract)]
    if refusals:
        raise ContractBroken(_told(table, contract, refusals))
    if not plan.changes:
        return None
    now = [each for each in plan.changes if not isinstance(each, Narrow)]
    Changer(spark, transaction).apply(now)
    return [each for each in plan.changes if isinstance(each, Narrow)]


def _unfit(
    spark: SparkSession, table: str, changes: Sequence[Change], contract: Contract
) -> List[Refusal]:
    if not any(isinstance(each, (Require, Narrow)) for each in changes):
        return []
    spark.catalog.refreshTable(table)
    old_names = {each.column: each.before for each in changes if isinstance(each, Rename)}
    return [
        *unfit(spark.table(table), changes, contract, old_names),
        *unreadable(load(spark, table), changes, contract),
    ]


def _told(table: str, contract: Contract, refusals: Sequence[Refusal]) -> str:
    listed = "\n".join(f"  {line}" for each in refusals for line in str(each).splitlines())
    count = "1 difference" if len(refusals) == 1 else f"{len(refusals)} differences"
    return (
        f"the table {table} cannot become what its contract {contract.name} says:\n{listed}\n"
        f"{count}. Nothing was changed or published. "
        f"To look again: sparkrail tables diff {contract.name}"
    )
