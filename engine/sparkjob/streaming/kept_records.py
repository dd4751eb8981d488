"""Records of a topic as files, for tests without a broker: each file is a micro-batch.

It runs on the computer of whoever writes the job, not on the cluster.
"""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Union

from sparkjob.streaming.source import FILE_SCHEMA

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Record:
    """A record of a topic.

    Args:
        value: Bytes, text, or what is written as JSON. None: a record without a value.
        key: Bytes or text. None: it has none.
        partition: Of the topic.
        timestamp: Default: a second after the record before it in the partition, from 2026 on.
    """

    value: Any = None
    key: Optional[Union[bytes, str]] = None
    partition: int = 0
    timestamp: Optional[datetime] = None


class KeptRecords:
    """A folder of records, as Spark's Kafka source would give them.

    Args:
        spark: The session.
        folder: Made if it is not there.
        topic: Name of the topic.
    """

    def __init__(self, spark: SparkSession, folder: Path, topic: str) -> None:
        self.folder = folder
        self._spark = spark
        self._topic = topic
        self._next: Dict[int, Iterator[int]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, records: Sequence[Any]) -> None:
        """Add records; a list of lists is as many micro-batches."""
        batches = records if records and isinstance(records[0], list) else [list(records)]
        for batch in batches:
            if batch:
                self._write([self._row(each) for each in batch])

    def _row(self, given: Any) -> List[Any]:  # noqa: ANN401
        record = given if isinstance(given, Record) else Record(given)
        offsets = self._next.setdefault(record.partition, itertools.count())
        offset = next(offsets)
        when = record.timestamp or _EPOCH + timedelta(seconds=offset)
        value, key = _bytes(record.value), _bytes(record.key)
        return [key, value, self._topic, record.partition, offset, when]

    def _write(self, rows: List[List[Any]]) -> None:
        there = sorted(self.folder.glob("*.parquet"))
        frame = self._spark.createDataFrame(rows, FILE_SCHEMA).coalesce(1)
        part = self.folder.with_name(f"{self.folder.name}.part")
        frame.write.mode("overwrite").parquet(str(part))
        (written,) = part.glob("*.parquet")
        path = self.folder / f"{len(there):06}.parquet"
        # Spark takes files in the order of their times.
        os.utime(written, (_EPOCH.timestamp() + len(there),) * 2)
        written.replace(path)


def _bytes(value: Any) -> Optional[bytearray]:  # noqa: ANN401
    if value is None:
        return None
    if isinstance(value, (bytes, bytearray)):
        return bytearray(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return bytearray(text.encode("utf-8"))
