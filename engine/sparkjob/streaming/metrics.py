"""How a stream does, one JSON object for each micro-batch, from what Spark says of its progress."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

from sparkjob.streaming.counts import Counts

IDLE_SECONDS = 60.0
"""A stream without batches says at least this often that it is there."""

_MIB = 1024 * 1024
_MS = 1000

Progress = Mapping[str, Any]


@dataclass(frozen=True)
class Lag:
    """What is in the topic and was not read when the batch was planned.

    Args:
        largest: Of one partition, in records.
        total: Of all partitions, in records.
        partitions: Which partitions have some.
    """

    largest: int = 0
    total: int = 0
    partitions: Tuple[str, ...] = ()


def lag_of(progress: Progress) -> Lag:
    """Count what is left: latest offset less end offset, by partition.

    Spark's own figures of that are of single partitions, and texts.
    """
    left: Dict[str, int] = {}
    for source in progress["sources"][:1]:
        latest, end = _offsets(source, "latestOffset"), _offsets(source, "endOffset")
        left = {name: latest[name] - end.get(name, 0) for name in latest}
    behind = {name: records for name, records in left.items() if records > 0}
    return Lag(max(behind.values(), default=0), sum(behind.values()), tuple(sorted(behind)))


class Metrics:
    """The lines of a stream.

    Args:
        job: Name of the job.
        generation: Of this start.
    """

    def __init__(self, job: str, generation: int) -> None:
        self._about = {"sparkrail": "stream", "job": job, "generation": generation}
        self._newest_ms: Dict[str, int] = {}
        self._last = time.monotonic()

    def of_batch(self, progress: Progress, counts: Counts) -> Dict[str, Any]:
        """The line of a micro-batch that is done.

        Args:
            progress: What Spark says of it.
            counts: What became of its records.
        """
        self._newest_ms.update(counts.newest_ms)
        seconds = progress.get("durationMs", {}).get("triggerExecution", 0) / _MS
        return self._line(progress, counts, seconds)

    def idle(self, progress: Optional[Progress]) -> Optional[Dict[str, Any]]:
        """A line without a batch, if it is time for one.

        Args:
            progress: The newest that Spark says. None: it has said nothing yet.
        """
        if progress is None or time.monotonic() - self._last < IDLE_SECONDS:
            return None
        return self._line(progress, Counts(), 0.0)

    def _line(self, progress: Progress, counts: Counts, seconds: float) -> Dict[str, Any]:
        self._last = time.monotonic()
        lag = lag_of(progress)
        state: List[Mapping[str, Any]] = progress.get("stateOperators") or []
        refused = counts.quarantined + counts.broken
        return {
            **self._about,
            "batch": progress["batchId"],
            "rows": counts.read,
            "rows_per_second": round(counts.read / seconds, 1) if seconds else 0.0,
            "batch_seconds": round(seconds, 3),
            "lag_largest": lag.largest,
            "lag_sum": lag.total,
            "behind_seconds": self._behind_seconds(lag),
            "quarantined": refused,
            "quarantine_percent": round(100 * refused / counts.read, 3) if counts.read else 0.0,
            "late": counts.late,
            "unknown_fields": counts.unknown_fields,
            "state_rows": sum(each["numRowsTotal"] for each in state),
            "state_mib": round(sum(each["memoryUsedBytes"] for each in state) / _MIB, 1),
        }

    def _behind_seconds(self, lag: Lag) -> float:
        """Age of the newest record that was read, of the partition that is behind the most."""
        read = [self._newest_ms[name] for name in lag.partitions if name in self._newest_ms]
        return max(0.0, round(time.time() - min(read) / _MS, 1)) if read else 0.0


def _offsets(source: Mapping[str, Any], name: str) -> Dict[str, int]:
    """Offsets by partition; none of a source that is no topic."""
    found = source.get(name)
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return {}
    if not isinstance(found, dict):
        return {}
    topics = [each for each in found.values() if isinstance(each, dict)]
    return {part: int(offset) for each in topics for part, offset in each.items()}
