"""What becomes of a micro-batch: counted, judged, then published table by table, each once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Tuple

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkjob.contracts import Contract
from sparkjob.errors import NotAvailable
from sparkjob.streaming.checkpoint import end_offsets
from sparkjob.streaming.counts import Counts, Share
from sparkjob.streaming.execution import Execution
from sparkjob.streaming.guard import read_mark, refuse_successor
from sparkjob.streaming.legs import fates_of, rows_of
from sparkjob.streaming.mark import Mark
from sparkjob.streaming.poison import SAMPLES, check_share
from sparkjob.streaming.row_checks import BROKEN, checked, warned
from sparkjob.streaming.tables import StreamTables, one_per_key


class StoppingError(Exception):
    """The stream was asked to stop: no further batch begins."""


@dataclass(frozen=True)
class Limits:
    """What a batch is judged by.

    Args:
        percent: Share of records, in percent, that may be refused.
        minimum: Records that must be read before the share counts.
    """

    percent: float
    minimum: int


class Sink:
    """Takes micro-batches, as `foreachBatch` hands them over.

    Args:
        job: Name of the job.
        output: What the code calls the output.
        contract: Of the output.
        tables: Where rows go.
        limits: What a batch is judged by.
        execution: Says what Spark knows of the batch under way.
        checkpoint: Folder of Spark's checkpoint.
        state_version: Of the job.
        closes: Whether records can come too late.

    Attributes:
        stopping: Set it, and no further batch begins.
        error: What the last batch failed with. None: it did not fail.
        done: What became of records by batch, until somebody takes it out.
        totals: What became of all records.
        batches: How many there were.
    """

    def __init__(
        self,
        *,
        job: str,
        output: str,
        contract: Contract,
        tables: StreamTables,
        limits: Limits,
        execution: Callable[[], Execution],
        checkpoint: str,
        state_version: int,
        closes: bool,
    ) -> None:
        self.stopping = threading.Event()
        self.error: Optional[BaseException] = None
        self.done: Dict[int, Counts] = {}
        self.totals = Counts()
        self.batches = 0
        self._job = job
        self._output = output
        self._contract = contract
        self._tables = tables
        self._limits = limits
        self._execution = execution
        self._checkpoint = checkpoint
        self._state_version = state_version
        self._closes = closes
        self._share: Optional[Share] = None

    def __call__(self, batch: DataFrame, number: int) -> None:
        """Take a micro-batch; it may be one that was taken before.

        Args:
            batch: Both legs.
            number: Of the batch, from 0.

        Raises:
            Exception: It could not be published. Spark then ends the query.
        """
        try:
            if self.stopping.is_set():
                raise StoppingError
            self.take(batch, number)
        except BaseException as error:  # Spark would make a text of it
            self.error = error
            raise

    def take(self, batch: DataFrame, number: int) -> None:
        """Count, judge and publish a micro-batch."""
        execution = self._execution()
        cached = [batch.persist(StorageLevel.MEMORY_AND_DISK)]
        try:
            rows = checked(rows_of(batch), self._contract, self._output)
            fates = fates_of(batch, execution.late_watermark_ms())
            counts, made = self.count(rows, fates)
            self._refuse_unseen(counts, execution)
            good = rows.where(F.col(BROKEN).isNull()).drop(BROKEN)
            if self._contract.write == "merge":
                good = one_per_key(good, self._contract).persist(StorageLevel.MEMORY_AND_DISK)
                cached.append(good)
                made = good.count()
            counts.written = made
            refused = self._refused(rows, fates)
            mark = self._judged(batch, number, execution.query, counts, refused)
            self.publish(good, refused, fates, counts, mark)
        finally:
            for frame in cached:
                frame.unpersist()
        self.done[number] = counts
        self.totals.add(counts)
        self.batches += 1

    def count(self, rows: DataFrame, fates: DataFrame) -> Tuple[Counts, int]:
        """Count the records of a batch, and the rows that the job made and that may be written.

        This also computes the whole batch, state and all, so that what follows reads the cache.
        """
        counts = Counts()
        found = fates.groupBy("partition").agg(
            F.count(F.lit(1)).alias("read"),
            F.count("reason").alias("quarantined"),
            F.count_if(F.col("late")).alias("late"),
            F.count_if(F.col("has_unknown")).alias("unknown"),
            F.unix_millis(F.max("timestamp")).alias("newest"),
        )
        for each in found.collect():
            counts.read += each["read"]
            counts.quarantined += each["quarantined"]
            counts.late += each["late"]
            counts.unknown_fields += each["unknown"]
            if each["newest"] is not None:
                counts.newest_ms[str(each["partition"])] = each["newest"]
        asked = warned(rows, self._contract)
        told = rows.agg(
            F.count(F.lit(1)).alias("rows"),
            F.count(BROKEN).alias("broken"),
            *(count.alias(f"warned {name}") for name, count in asked.items()),
        ).collect()[0]
        counts.broken = told["broken"]
        counts.warned = {name: told[f"warned {name}"] for name in asked}
        return counts, told["rows"] - told["broken"]

    def publish(
        self, good: DataFrame, refused: DataFrame, fates: DataFrame, counts: Counts, mark: Mark
    ) -> None:
        """Publish what a batch brings; the output comes last, its mark says that all is there."""
        quarantined = counts.quarantined + counts.broken
        if quarantined:
            self._tables.write_quarantine(refused, quarantined, mark)
        if counts.late:
            self._tables.write_late(fates.where("late"), counts.late, mark)
        self._tables.write_output(good, counts.written, mark)

    def _judged(
        self, batch: DataFrame, number: int, query: str, counts: Counts, refused: DataFrame
    ) -> Mark:
        """Judge the share of refused records, unless the batch is published, and make its mark."""
        offsets = end_offsets(batch.sparkSession, self._checkpoint, number)
        mark = Mark(self._state_version, query, number, offsets)
        found = read_mark(batch.sparkSession, self._tables.output, self._job)
        refuse_successor(found, mark, self._tables.output, self._job)
        if self._share is None:
            before = (found.read, found.refused) if found else (0, 0)
            self._share = Share(self._limits.minimum, *before)
        if found is None or not found.covers(mark):
            samples = refused.orderBy("topic", "partition", "offset").limit(SAMPLES)
            check_share(
                self._share,
                counts,
                percent=self._limits.percent,
                minimum=self._limits.minimum,
                samples=samples.collect() if counts.quarantined + counts.broken else [],
                job=self._job,
            )
        bad = counts.quarantined + counts.broken
        self._share.take(counts.read, bad)
        read, all_bad = self._share.with_batch(0, 0)
        return Mark(self._state_version, query, number, offsets, read, all_bad)

    def _refused(self, rows: DataFrame, fates: DataFrame) -> DataFrame:
        """Records with a reason, and rows of the job that break a check, as quarantine has them."""
        broken = rows.where(F.col(BROKEN).isNotNull())
        made: List[str] = [name for name in broken.columns if name != BROKEN]
        as_json = F.to_json(F.struct(*(F.col(f"`{name}`") for name in made)))
        return (
            fates.where(F.col("reason").isNotNull())
            .drop("closes", "has_unknown", "late", "watermark")
            .unionByName(
                broken.select(as_json.cast("binary").alias("raw"), F.col(BROKEN).alias("reason")),
                allowMissingColumns=True,
            )
        )

    def _refuse_unseen(self, counts: Counts, execution: Execution) -> None:
        """Refuse that Spark drops records as too late of which nobody would know which."""
        dropped = execution.dropped()
        if dropped and not counts.late:
            closes = "closes= does not say when" if self._closes else "accept has no closes= for it"
            raise NotAvailable(
                f"Spark dropped {dropped:,} rows as too late, and {closes}: it is the moment after "
                "which the query's state takes a record no more, so the end of the window, or the "
                "time of the watermark if there is no window. Nothing of the batch was published."
            )
