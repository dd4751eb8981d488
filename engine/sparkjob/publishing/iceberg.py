"""Iceberg's own Java API, for what Spark's SQL and DataFrames do not say; nothing private."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional, TypeVar

from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import DataFrame, SparkSession

from sparkjob.refusals import refusal

MAIN = "main"
COMMITS = 20  # of one change; a dozen runs of a backfill may end at the same time
LONGEST_PAUSE_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.05
_CONFLICTS = ("CommitFailedException", "CommitStateUnknownException", "Cannot commit")

Result = TypeVar("Result")


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of a table.

    Args:
        id: Of Iceberg.
        parent: Id of the one before it. None: it is the first.
        summary: What it says of itself.
    """

    id: int
    parent: Optional[int]
    summary: Mapping[str, str]


def load(spark: SparkSession, table: str) -> Any:  # noqa: ANN401  an object of the JVM
    """Iceberg's Table as the catalog has it now, though the session may have kept an older one."""
    spark3 = spark._jvm.org.apache.iceberg.spark.Spark3Util
    found = spark3.loadIcebergTable(spark._jsparkSession, table)
    found.refresh()
    return found


def main_id(table: Any) -> Optional[int]:  # noqa: ANN401
    """The id of the snapshot that readers of a table see; None: the table never had rows."""
    return head(table, MAIN)


def head(table: Any, branch: str) -> Optional[int]:  # noqa: ANN401
    """The id of a branch's newest snapshot; None: there is no such branch."""
    ref = table.refs().get(branch)
    return None if ref is None else int(ref.snapshotId())


def at_snapshot(spark: SparkSession, table: str, snapshot_id: int) -> DataFrame:
    """A table as a snapshot has it, of whichever branch, with the columns of that time."""
    return spark.sql(f"SELECT * FROM {table} VERSION AS OF {snapshot_id}")


def history(
    spark: SparkSession,
    table: Any,  # noqa: ANN401
    *,
    until: Optional[int] = None,
) -> List[Snapshot]:
    """The snapshots that led to what readers see, newest first, those that have not expired.

    Args:
        spark: The session.
        table: Iceberg's Table, or that of a transaction.
        until: Id of the one at which to stop, which is left out. Default: go on to the oldest.
    """
    # One call for all: through py4j each property of each snapshot would be a call of its own.
    text = spark._jvm.org.apache.iceberg.TableMetadataParser.toJson(table.operations().current())
    known = {each["snapshot-id"]: each for each in json.loads(text).get("snapshots", [])}
    found, newest = [], main_id(table)
    while newest is not None and newest != until and newest in known:
        snapshot = known[newest]
        parent = snapshot.get("parent-snapshot-id")
        found.append(Snapshot(newest, parent, snapshot.get("summary", {})))
        newest = parent
    return found


def has_rows(
    spark: SparkSession,
    table: Any,  # noqa: ANN401
    snapshot_id: int,
    column: str,
    value: str,
) -> bool:
    """Whether files of a snapshot may have rows with a value; exact for a partition's column."""
    equal = spark._jvm.org.apache.iceberg.expressions.Expressions.equal(column, value)
    files = table.newScan().useSnapshot(snapshot_id).filter(equal).planFiles()
    try:
        return bool(files.iterator().hasNext())
    finally:
        files.close()


def commit(spark: SparkSession, table: str, change: Callable[[Any], Result]) -> Result:
    """Apply a change in one transaction; again, to what others left, when their commit was first.

    A transaction that sets references fails if anything was committed since it began, so no
    branch is ever moved on the strength of something outdated.

    Args:
        spark: The session.
        table: catalog.database.table.
        change: Commits its operations to the transaction. It is asked again for each try.

    Returns:
        What the last change returned.

    Raises:
        Exception: Others were faster each time, or it failed for another reason.
    """
    pause = _FIRST_PAUSE_SECONDS
    for left in range(COMMITS - 1, -1, -1):
        try:
            transaction = load(spark, table).newTransaction()
            result = change(transaction)
            transaction.commitTransaction()
        except Exception as error:  # its type depends on the version of Spark
            if not left or not is_conflict(error):
                raise
        else:
            return result
        time.sleep(random.uniform(0, pause))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")


def is_conflict(error: BaseException, *also: str) -> bool:
    """Whether a commit failed because of another one, or its answer was lost.

    Args:
        error: What was raised.
        also: Further signs of it.
    """
    return any(sign in str(error) for sign in (*_CONFLICTS, *also)) and refusal(error) is None


def with_properties(
    spark: SparkSession, properties: Mapping[str, str], statement: Callable[[], Any]
) -> None:
    """Mark the snapshots that a statement of SQL makes, for which it has no words of its own.

    Iceberg takes the properties from the thread of the JVM that runs the statement, and calls
    back for it; py4j answers such a call on the thread from which it came.

    Args:
        spark: The session.
        properties: Of the snapshots.
        statement: Runs the SQL.

    Raises:
        Exception: What the statement raised.
    """
    ensure_callback_server_started(spark.sparkContext._gateway)
    called = _Callable(statement)
    jvm = spark._jvm
    kind = jvm.java.lang.Class.forName("java.lang.RuntimeException")
    jvm.org.apache.iceberg.spark.CommitMetadata.withCommitProperties(dict(properties), called, kind)
    if called.error is not None:
        raise called.error


class _Callable:
    class Java:
        implements = ["java.util.concurrent.Callable"]  # noqa: RUF012  py4j reads it like this

    def __init__(self, statement: Callable[[], Any]) -> None:
        self._statement = statement
        self.error: Optional[BaseException] = None

    def call(self) -> None:
        try:
            self._statement()
        except BaseException as error:  # the JVM would make a text of it
            self.error = error
