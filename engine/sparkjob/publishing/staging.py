"""The rows of an output, written to a branch of their own, made from main."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkjob.contracts import RUN_KEY, Contract
from sparkjob.errors import NotPublished
from sparkjob.frames import few_files, fitted
from sparkjob.merging.sql import merge_sql
from sparkjob.publishing.branches import RETAIN_DAYS, Stamp
from sparkjob.publishing.iceberg import commit, has_rows, head, load, main_id, with_properties

_DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Output:
    """What a run brings for a table.

    Args:
        name: What the code calls the output.
        table: catalog.database.table.
        contract: Of the table.
        frame: The rows, cached: they may be written more than once.
        rows: How many they are.
    """

    name: str
    table: str
    contract: Contract
    frame: DataFrame
    rows: int


@dataclass(frozen=True)
class StagedSnapshot:
    """A snapshot on a branch.

    Args:
        branch: The branch.
        base: Id of the snapshot of main that it was made from.
        id: Of the snapshot.
        pickable: Whether Iceberg can apply it to a main that others have changed meanwhile.
        schema: Id of the table's schema that its rows were written for.
    """

    branch: str
    base: int
    id: int
    pickable: bool
    schema: int


def stage(spark: SparkSession, output: Output, stamp: Stamp) -> StagedSnapshot:
    """Write an output's rows, as its contract says, to a branch that is made anew from main.

    Raises:
        NotPublished: Another attempt at the same run writes to the branch as well.
    """
    schema = int(load(spark, output.table).schema().schemaId())
    base = _open_branch(spark, output.table, stamp.branch)
    pickable = _write(spark, output, stamp, base)
    live = load(spark, output.table)
    if head(live, stamp.branch) == base:
        _mark(live, stamp)
    own = _own_head(live, base, output.table, stamp)
    return StagedSnapshot(stamp.branch, base, own, pickable, schema)


def _open_branch(spark: SparkSession, table: str, branch: str) -> int:
    """Make the branch; one that a killed attempt has left begins anew.

    Returns:
        The id of main's snapshot. A table without any gets an empty one first, so that there is
        something to make a branch from, and to go back to.
    """

    def change(transaction: Any) -> int:  # noqa: ANN401  an object of the JVM
        if main_id(transaction.table()) is None:
            transaction.newFastAppend().commit()
        main = main_id(transaction.table())
        assert main is not None
        refs = transaction.manageSnapshots()
        if head(transaction.table(), branch) is not None:
            refs.removeBranch(branch)
        refs.createBranch(branch, main).setMaxRefAgeMs(branch, RETAIN_DAYS * _DAY_MS).commit()
        return main

    return commit(spark, table, change)


def _write(spark: SparkSession, output: Output, stamp: Stamp, base: int) -> bool:
    """Write to the branch.

    Returns:
        Whether it can be cherry-picked.
    """
    target = f"{output.table}.branch_{stamp.branch}"
    frame, write = output.frame, output.contract.write
    if write == "append":
        frame = frame.withColumn(RUN_KEY, F.lit(stamp.run_key))
    frame = few_files(fitted(frame, spark.table(output.table).schema), output.rows)
    if write == "merge":
        _merge(spark, frame, target, output.contract, stamp)
        return False
    writer = frame.writeTo(target)
    for name, value in stamp.properties().items():
        writer = writer.option(f"snapshot-property.{name}", value)
    if write == "overwrite_partitions":
        writer.overwritePartitions()
        return True
    if write == "replace":
        writer.overwrite(F.lit(True))
        return False
    live = load(spark, output.table)
    if has_rows(spark, live, base, RUN_KEY, stamp.run_key):
        writer.overwrite(F.col(RUN_KEY) == stamp.run_key)
        return False
    writer.append()
    return True


def _merge(
    spark: SparkSession, frame: DataFrame, target: str, contract: Contract, stamp: Stamp
) -> None:
    view = f"_source_of_{stamp.branch}"
    frame.createOrReplaceTempView(view)
    try:
        statement = merge_sql(spark, view, target, contract)
        with_properties(spark, stamp.properties(), lambda: spark.sql(statement))
    finally:
        spark.catalog.dropTempView(view)


def _mark(live: Any, stamp: Stamp) -> None:  # noqa: ANN401
    """Leave a snapshot where nothing was to be changed: it says that the run was here."""
    append = live.newFastAppend().toBranch(stamp.branch)
    for name, value in stamp.properties().items():
        append.set(name, value)
    append.commit()


def _own_head(live: Any, base: int, table: str, stamp: Stamp) -> int:  # noqa: ANN401
    """The id of the branch's newest snapshot, which is the one that was just written."""
    found = head(live, stamp.branch)
    snapshot = None if found is None else live.snapshot(found)
    mine: Dict[str, str] = {} if snapshot is None else dict(snapshot.summary())
    expected = stamp.properties()
    if snapshot is None or snapshot.parentId() != base or not expected.items() <= mine.items():
        raise taken_over(table, stamp)
    assert found is not None
    return found


def taken_over(table: str, stamp: Stamp) -> NotPublished:
    """Say that the branch of a run is not as the run has left it."""
    return NotPublished(
        f"{table}: the branch {stamp.branch} is not as this attempt has written it, so another "
        "attempt at the same run writes to it too. Nothing was published.\n"
        f"See which runs there are: sparkrail runs {stamp.job}",
        retryable=True,
    )
