"""One query, two legs: what the job makes of good records, and every record's fate beside it.

Spark has no query with two outputs. So the rows of the job and an account of all records are one
union, which a micro-batch takes apart. Spark sees that both read one source, and gives both the
same records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Union

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sparkjob.errors import NotAvailable
from sparkjob.streaming.records import (
    BOOKKEEPING,
    EXTRA,
    KEY,
    OFFSET,
    PARTITION,
    RAW,
    REASON,
    TIMESTAMP,
    TOPIC,
    missing_bookkeeping,
)

CLOSES = "_closes"
NO_MOMENT = "no time, so that nothing says when it comes too late"
_ROW, _FATE, _KEPT = "row", "fate", "_kept"
_EPOCHS = ("1970-01-01T00:00:00Z", "2070-01-01T00:00:00Z")

Closes = Union[str, SparkColumn]


@dataclass(frozen=True)
class Accepted:
    """What a job has accepted.

    Args:
        good: The records to use, without bookkeeping.
        fates: All records: where they were, and why they were refused.
        closes: Whether it is known when a record comes too late.
    """

    good: DataFrame
    fates: DataFrame
    closes: bool


def accept(rows: DataFrame, closes: Optional[Closes]) -> Accepted:
    """Part good records from those with a reason.

    Raises:
        NotAvailable: The columns that `read_stream` adds are gone.
    """
    if missing := missing_bookkeeping(rows.columns):
        raise NotAvailable(
            f"accept needs the columns {', '.join(missing)}, which read_stream adds; "
            "keep them in each select before accept."
        )
    if closes is None:
        told = rows.withColumn(CLOSES, F.lit(None).cast("timestamp"))
    else:
        told = _closing(rows, closes)
        unknown = F.when(F.col(CLOSES).isNull(), NO_MOMENT)
        told = told.withColumn(REASON, F.coalesce(REASON, unknown))
    good = told.where(F.col(REASON).isNull()).drop(*BOOKKEEPING, CLOSES)
    return Accepted(good, _fates(told, closes is not None), closes is not None)


def joined(frame: DataFrame, fates: DataFrame) -> DataFrame:
    """The two legs as one frame of two columns, one of which is null in each row."""
    row, fate = frame.schema, fates.schema
    return frame.select(
        F.struct(*_named(frame)).alias(_ROW), F.lit(None).cast(fate).alias(_FATE)
    ).union(fates.select(F.lit(None).cast(row).alias(_ROW), F.struct(*_named(fates)).alias(_FATE)))


def rows_of(batch: DataFrame) -> DataFrame:
    """The leg of the job."""
    return batch.where(F.col(_ROW).isNotNull()).select(f"{_ROW}.*")


def fates_of(batch: DataFrame, watermark_ms: int) -> DataFrame:
    """The leg of all records, with `late`.

    Args:
        batch: Both legs of a micro-batch.
        watermark_ms: What the batch's operators drop is not after it, in ms since 1970.
    """
    fates = batch.where(F.col(_FATE).isNotNull()).select(f"{_FATE}.*")
    watermark = F.timestamp_millis(F.lit(watermark_ms))
    is_late = F.col("reason").isNull() & (F.col("closes") <= watermark)
    return fates.withColumn("late", F.coalesce(is_late, F.lit(False))).withColumn(
        "watermark", watermark
    )


def _fates(told: DataFrame, closes: bool) -> DataFrame:
    """Every record; as it was, if it may be needed: refused, or too late, which comes out later."""
    needed = F.lit(True) if closes else F.col(REASON).isNotNull()
    return told.select(
        F.col(TOPIC).alias("topic"),
        F.col(PARTITION).alias("partition"),
        F.col(OFFSET).alias("offset"),
        F.col(TIMESTAMP).alias("timestamp"),
        F.when(needed, F.col(KEY)).alias("key"),
        F.when(needed, F.col(RAW)).alias("raw"),
        F.col(REASON).alias("reason"),
        F.col(CLOSES).alias("closes"),
        F.col(EXTRA).isNotNull().alias("has_unknown"),
    )


def _closing(rows: DataFrame, closes: Closes) -> DataFrame:
    """Add the moment at which a record comes too late; null if a time that it follows from is.

    Spark drops a row without a time where a window of it is made, also one that is only looked at.
    So the moment is made from times that are all there, once with each of two that stand for a
    missing one: where it differs, it follows from a missing one.
    """
    asked = F.col(closes) if isinstance(closes, str) else closes
    found = rows.select(F.struct(*_named(rows)).alias(_KEPT))
    names: List[str] = []
    for number, epoch in enumerate(_EPOCHS):
        names.append(f"_closes{number}")
        kept = [_KEPT, *names[:-1]]
        filled = found.select(*kept, *_filled(rows.schema, epoch))
        found = filled.select(*kept, asked.cast("timestamp").alias(names[-1]))
    same = F.when(F.col(names[0]) == F.col(names[1]), F.col(names[0]))
    return found.select(f"{_KEPT}.*", same.alias(CLOSES))


def _filled(schema: T.StructType, epoch: str) -> List[SparkColumn]:
    return [
        F.coalesce(F.col(f"{_KEPT}.`{field.name}`"), F.lit(epoch).cast(field.dataType)).alias(
            field.name
        )
        if isinstance(field.dataType, (T.TimestampType, T.TimestampNTZType, T.DateType))
        else F.col(f"{_KEPT}.`{field.name}`").alias(field.name)
        for field in schema.fields
    ]


def _named(frame: DataFrame) -> List[SparkColumn]:
    return [F.col(f"`{name}`") for name in frame.columns]
