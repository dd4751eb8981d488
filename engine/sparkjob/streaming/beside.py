"""The tables beside a stream's output: refused records, and those that came too late."""

from __future__ import annotations

from typing import Tuple

from sparkjob.contracts import RUN_KEY, Column, Contract

STREAM_KEY = "stream"
"""The run key of all rows that streams write: a run has one, a stream has no runs."""

_RECORD = (
    Column("topic", "string", doc="Where the record was"),
    Column("partition", "int", doc="Its partition"),
    Column("offset", "bigint", doc="Its place in the partition"),
    Column("timestamp", "timestamp", doc="Kafka's time of the record"),
    Column("key", "binary", doc="The record's key as it was"),
    Column("raw", "binary", doc="The record's value as it was"),
)


def _beside(name: str, description: str, *own: Column) -> Contract:
    run_key = Column(RUN_KEY, "string", required=True, doc=f"Always {STREAM_KEY}")
    columns: Tuple[Column, ...] = (run_key, *own, *_RECORD)
    return Contract(
        name=name,
        description=description,
        write="append",
        key=(),
        partition=(),
        columns=columns,
        checks=(),
    )


QUARANTINE = _beside(
    "quarantine",
    "Records that could not be read, as they were",
    Column("reason", "string", required=True, doc="Why it was refused"),
)
"""A row that the job made and that breaks a check has no topic; `raw` is then the row as JSON."""

LATE = _beside(
    "late",
    "Records that came after what they belong to was closed",
    Column("closes", "timestamp", required=True, doc="The moment after which it came too late"),
    Column("watermark", "timestamp", required=True, doc="How far the stream was"),
)
