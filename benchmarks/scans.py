"""What the queries of a Spark session read of Iceberg tables, as Spark and Iceberg say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from py4j.java_gateway import JavaObject
from pyspark.sql import SparkSession

_FILES = "number of result data files"
_DELETES = "number of result delete files"
_BYTES = "total data file size (bytes)"


@dataclass
class Scans:
    """What was read of one table; each scan of the queries has a number in each list.

    Args:
        files: Data files to open.
        deletes: Delete files to open.
        bytes: Size of the data files; of a column store, less is read than that.
        bytes_read: By all that the session did meanwhile, metadata as well.
    """

    files: list[int] = field(default_factory=list)
    deletes: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    bytes_read: int = 0

    @property
    def most_files(self) -> int:
        """Of all scans, the one that had to open most data files."""
        return max(self.files, default=0)


@contextmanager
def scans_of(spark: SparkSession, table: str) -> Iterator[Scans]:
    """Collect what the queries in its body read of a table; filled in when the body ends."""
    store = spark._jsparkSession.sharedState().statusStore()
    before = {each.executionId() for each in _all(store.executionsList())}
    found = Scans(bytes_read=-_bytes_read(spark))
    yield found
    found.bytes_read += _bytes_read(spark)
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()  # metrics come after the query
    for execution in _all(store.executionsList()):
        if execution.executionId() not in before:
            _add(store, execution.executionId(), table, found)


def plan_of(spark: SparkSession, statement: str) -> str:
    """The physical plan of a statement, before it runs."""
    return str(spark.sql(f"EXPLAIN {statement}").collect()[0][0])


def _add(store: JavaObject, execution: int, table: str, found: Scans) -> None:
    values = store.executionMetrics(execution)
    for node in _all(store.planGraph(execution).allNodes()):
        if node.name().startswith(f"BatchScan {table}"):
            metrics = {each.name(): each.accumulatorId() for each in _all(node.metrics())}
            found.files.append(_number(values, metrics.get(_FILES)))
            found.deletes.append(_number(values, metrics.get(_DELETES)))
            found.bytes.append(_number(values, metrics.get(_BYTES)))


def _number(values: JavaObject, accumulator: int | None) -> int:
    told = values.get(accumulator) if accumulator is not None else None
    return int(told.get().replace(",", "")) if told is not None and told.isDefined() else 0


def _bytes_read(spark: SparkSession) -> int:
    """From files on disk, by the one JVM of a local session."""
    filesystem = spark._jvm.org.apache.hadoop.fs.FileSystem
    return sum(each.getBytesRead() for each in filesystem.getAllStatistics())


def _all(scala: JavaObject) -> list[JavaObject]:
    return [scala.apply(at) for at in range(scala.size())]
