"""Refused rows of a run: committed to a table or folder of their own, whatever follows."""

from __future__ import annotations

import random
import time

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkjob.contracts import RUN_KEY, Column, Contract
from sparkjob.evolution.prepare import prepare
from sparkjob.frames import few_files
from sparkjob.publishing.branches import Stamp
from sparkjob.publishing.iceberg import has_rows, is_conflict, load, main_id

COMMITS = 6  # each with Iceberg's own retries
LONGEST_PAUSE_SECONDS = 5.0
QUARANTINE = Contract(
    name="quarantine",
    description="Rows that could not be read, as they were",
    write="append",
    key=(),
    partition=(),
    columns=(
        Column(RUN_KEY, "string", required=True, doc="The run that refused the row"),
        Column("reason", "string", required=True, doc="Why it could not be read"),
        Column("file", "string", doc="Where the row was"),
        Column("line", "bigint", doc="Line of the file at which the row starts, from 1"),
        Column("raw", "string", doc="The row as it was"),
    ),
    checks=(),
)


def write_quarantine(
    spark: SparkSession, refused: DataFrame, rows: int, table: str, stamp: Stamp
) -> None:
    """Put the refused rows of a run in place of those of its earlier tries.

    Args:
        spark: The session.
        refused: The rows, with the columns of QUARANTINE.
        rows: How many they are.
        table: catalog.database.table; it is made if it is not there.
        stamp: Which run.
    """
    prepare(spark, table, QUARANTINE)
    live = load(spark, table)
    main = main_id(live)
    if rows or (main is not None and has_rows(spark, live, main, RUN_KEY, stamp.run_key)):
        commit_rows(few_files(refused, rows), table, stamp)


def commit_rows(frame: DataFrame, table: str, stamp: Stamp) -> None:
    """Write the rows of a run over those that are there of its run key, in one commit.

    Runs of other keys may commit at the same time. Iceberg then applies this commit to what they
    left, as often as the table's `commit.retry.num-retries` says; if that was too few, or the
    answer to a commit was lost, all is written once more: what is there of this run goes away in
    the commit that brings it again, so it is never there twice.
    """
    for again in range(COMMITS, 0, -1):
        writer = frame.writeTo(table)
        for name, value in stamp.properties().items():
            writer = writer.option(f"snapshot-property.{name}", value)
        try:
            writer.overwrite(F.col(RUN_KEY) == stamp.run_key)
        except Exception as error:  # its type depends on the version of Spark
            if again == 1 or not is_conflict(error):
                raise
            time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
        else:
            return
