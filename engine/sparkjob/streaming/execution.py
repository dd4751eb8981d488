"""What Spark knows of the micro-batch under way, and tells nobody in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from sparkjob.errors import NotAvailable

_DROPPED = "numRowsDroppedByWatermark"


@dataclass(frozen=True)
class Execution:
    """The execution of a micro-batch.

    Args:
        query: Id of the query, which its checkpoint keeps.
        java: Spark's IncrementalExecution.
    """

    query: str
    java: Any

    def late_watermark_ms(self) -> int:
        """What is not after it, the batch's operators drop, in ms since 1970.

        That is the watermark of the batch before: a chain of operators then sees all that an
        earlier one lets out.
        """
        before = self.java.prevOffsetSeqMetadata()
        found = before.get() if before.isDefined() else self.java.offsetSeqMetadata()
        return int(found.batchWatermarkMs())

    def dropped(self) -> int:
        """How many rows the batch's operators have dropped as too late, once it was computed."""
        return _sum(self.java.executedPlan())


def the_query(spark: SparkSession) -> StreamingQuery:
    """The query of the job, of which there is one.

    Raises:
        NotAvailable: There is none, or there are several.
    """
    active = spark.streams.active
    if len(active) != 1:
        raise NotAvailable(
            f"{len(active)} streaming queries run in this job, and it may have one: write_stream "
            "gives back a DataStreamWriter, start it once."
        )
    return active[0]


def execution_of(query: StreamingQuery) -> Execution:
    """The execution of the newest batch of a query."""
    return Execution(str(query.id), query._jsq.streamingQuery().lastExecution())


def _sum(plan: Any) -> int:  # noqa: ANN401  a node of the JVM
    metric = plan.metrics().get(_DROPPED)
    own = int(metric.get().value()) if metric.isDefined() else 0
    children = plan.children()
    return own + sum(_sum(children.apply(at)) for at in range(children.size()))
