"""The rows of a micro-batch on their way into the stream's tables."""

from __future__ import annotations

from typing import List, Optional

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from sparkjob.contracts import LATE_SUFFIX, QUARANTINE_SUFFIX, RUN_KEY, Contract
from sparkjob.errors import NotAvailable
from sparkjob.evolution.prepare import prepare
from sparkjob.frames import few_files, fitted
from sparkjob.merging.sql import merge_sql
from sparkjob.publishing.names import is_table
from sparkjob.streaming.beside import LATE, QUARANTINE, STREAM_KEY
from sparkjob.streaming.guard import allow_staging, publish
from sparkjob.streaming.mark import Mark

_ORDER, _PLACE = "_order", "_place"


class StreamTables:
    """The tables that a stream writes: its output, and beside it refused and late records.

    Args:
        spark: The session.
        job: Name of the job.
        output: catalog.database.table.
        contract: Of the output.
        quarantine: Table of refused records. None: beside the output.

    Raises:
        NotAvailable: The output is not a table.
    """

    def __init__(
        self,
        spark: SparkSession,
        *,
        job: str,
        output: str,
        contract: Contract,
        quarantine: Optional[str] = None,
    ) -> None:
        if not is_table(output):
            raise NotAvailable(
                f'a stream writes to an Iceberg table, as catalog.database.table, and "{output}" '
                "is none: only in a table can a batch be known again."
            )
        self.output = output
        self.quarantine = quarantine or output + QUARANTINE_SUFFIX
        self.late = output + LATE_SUFFIX
        self._spark = spark
        self._job = job
        self._contract = contract

    def prepare(self, *, late: bool) -> None:
        """Make the tables keep their contracts.

        Args:
            late: Whether records can come too late.

        Raises:
            ContractBroken: Something must be settled by a person first.
        """
        tables = [(self.output, self._contract), (self.quarantine, QUARANTINE)]
        for table, contract in [*tables, *([(self.late, LATE)] if late else [])]:
            prepare(self._spark, table, contract)
            allow_staging(self._spark, table)

    def refresh(self) -> None:
        """Let this session see what the query's own has written."""
        for table in (self.output, self.quarantine, self.late):
            if self._spark.catalog.tableExists(table):
                self._spark.catalog.refreshTable(table)

    def write_quarantine(self, refused: DataFrame, rows: int, mark: Mark) -> bool:
        """Publish refused records, once."""
        return self._append(refused, rows, self.quarantine, mark)

    def write_late(self, late: DataFrame, rows: int, mark: Mark) -> bool:
        """Publish records that came too late, once."""
        return self._append(late, rows, self.late, mark)

    def write_output(self, rows: DataFrame, count: int, mark: Mark) -> bool:
        """Publish the rows of the job, once; without rows, how far the stream is."""
        if self._contract.write != "merge":
            return self._append(rows, count, self.output, mark)
        if not count:
            return publish(rows.sparkSession, self.output, None, mark, self._job)
        return self._merge(rows, count, mark)

    def _append(self, rows: DataFrame, count: int, table: str, mark: Mark) -> bool:
        spark = rows.sparkSession

        def write() -> None:
            kept = rows.withColumn(RUN_KEY, F.lit(STREAM_KEY))
            schema = spark.table(table).schema
            few_files(fitted(kept, schema), count).writeTo(table).append()

        return publish(spark, table, write if count else None, mark, self._job)

    def _merge(self, rows: DataFrame, count: int, mark: Mark) -> bool:
        spark = rows.sparkSession
        view = f"_batch_of_{self._job}"

        def write() -> None:
            fitting = fitted(rows, spark.table(self.output).schema)
            few_files(fitting, count).createOrReplaceTempView(view)
            spark.sql(merge_sql(spark, view, self.output, self._contract))

        try:
            return publish(spark, self.output, write, mark, self._job)
        finally:
            spark.catalog.dropTempView(view)


def one_per_key(rows: DataFrame, contract: Contract) -> DataFrame:
    """Of several rows of a key, the one that stays: the newer by the contract, else the later.

    Records of a key are in one partition of a topic, so rows that were only looked at are in the
    order in which they were sent.

    Args:
        rows: What the job made, cached.
        contract: With a key.
    """
    newer: List[Column] = (
        [F.col(contract.latest_by).desc_nulls_last()] if contract.latest_by else []
    )
    window = Window.partitionBy(*contract.key).orderBy(*newer, F.col(_ORDER).desc())
    ordered = rows.withColumn(_ORDER, F.monotonically_increasing_id())
    placed = ordered.withColumn(_PLACE, F.row_number().over(window))
    return placed.where(F.col(_PLACE) == 1).drop(_ORDER, _PLACE)
