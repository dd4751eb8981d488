"""What a checkpoint says of how far a stream is; Spark writes it, here it is only read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, List, Optional

from pyspark.sql import SparkSession

from sparkjob.hadoop_files import exists, names_in, read_text

_ENTRY = "v1"
_LEAST_LINES = 3  # the version, the watermark and conf, one offset


@dataclass(frozen=True)
class Checkpoint:
    """What is there.

    Args:
        query: Spark's id of the query. None: there is none.
        planned: Number of the newest batch that was begun. None: there is none.
        committed: Number of the newest batch that was finished. None: there is none.
        damaged: What cannot be read. None: all can.
    """

    query: Optional[str] = None
    planned: Optional[int] = None
    committed: Optional[int] = None
    damaged: Optional[str] = None


def read_checkpoint(spark: SparkSession, folder: str) -> Checkpoint:
    """Look at a checkpoint before Spark does, which would begin anew where files are gone."""
    planned = _newest(spark, f"{folder}/offsets")
    committed = _newest(spark, f"{folder}/commits")
    damaged = None
    query = None
    if exists(spark, f"{folder}/metadata"):
        query = _query(read_text(spark, f"{folder}/metadata"))
        if query is None:
            damaged = "metadata"
    elif planned is not None or committed is not None:
        damaged = "metadata, which is not there"
    if planned is not None:
        text = read_text(spark, f"{folder}/offsets/{planned}")
        if not (text.startswith(_ENTRY) and len(text.splitlines()) >= _LEAST_LINES):
            damaged = f"offsets/{planned}"
    return Checkpoint(query, planned, committed, damaged)


def end_offsets(spark: SparkSession, folder: str, batch: int) -> Any:  # noqa: ANN401  JSON
    """Where a batch ends, as its source says it; Spark writes that before the batch begins."""
    text = read_text(spark, f"{folder}/offsets/{batch}")
    return json.loads(text.splitlines()[_LEAST_LINES - 1])


def _newest(spark: SparkSession, folder: str) -> Optional[int]:
    numbers: List[int] = [int(name) for name in names_in(spark, folder) if name.isdigit()]
    return max(numbers, default=None)


def _query(text: str) -> Optional[str]:
    try:
        return str(json.loads(text)["id"])
    except (ValueError, KeyError, TypeError):
        return None
