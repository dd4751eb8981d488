"""A query from its start to its end: its metrics, its stop marker, why it failed."""

from __future__ import annotations

import json
import time
from typing import Any, Dict, List, Optional

from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from sparkjob.errors import NotAvailable
from sparkjob.streaming.control import Control
from sparkjob.streaming.execution import the_query
from sparkjob.streaming.metrics import Metrics
from sparkjob.streaming.sink import Sink, StoppingError

POLL_SECONDS = 1.0
STOP_SECONDS = 2.0
"""How often the stop marker is looked for."""

PROGRESS_SECONDS = 10.0
"""How often the progress is written at most."""

_BETWEEN_SECONDS = 0.05


class Follower:
    """Watches the query of a job.

    Args:
        spark: The session.
        sink: What takes its batches.
        control: Where it is told to stop, and tells how it does.
        metrics: The lines.

    Attributes:
        stopped: Whether it ended because it was asked to.
    """

    def __init__(
        self, spark: SparkSession, *, sink: Sink, control: Control, metrics: Metrics
    ) -> None:
        self.stopped = False
        self._spark = spark
        self._sink = sink
        self._control = control
        self._metrics = metrics
        self._committed = False
        self._line: Dict[str, Any] = {}
        self._looked = 0.0
        self._written = float("-inf")

    def follow(self) -> None:
        """Watch until the query ends.

        Raises:
            Exception: Why it failed: the sink's own error, else Spark's.
            NotAvailable: It was never started.
        """
        query = self._started()
        try:
            while query is not None and query.isActive:
                query.awaitTermination(POLL_SECONDS)
                self._tell(query)
                if not self.stopped and self._is_asked_to_stop():
                    self._stop(query)
            if query is not None:
                query.awaitTermination(POLL_SECONDS)
        except Exception:
            if isinstance(self._sink.error, StoppingError):
                return
            if self._sink.error is not None:
                raise self._sink.error from None
            raise
        finally:
            if query is not None:
                self._tell(query)
            self._tell_progress(at_once=True)

    def _started(self) -> Optional[StreamingQuery]:
        """The query; None: it has ended well by now."""
        if self._spark.streams.active:
            return the_query(self._spark)
        # Raises why it failed; false, if none was ever started, for nothing has ended.
        if self._sink.error is not None:
            raise self._sink.error
        if self._spark.streams.awaitAnyTermination(1) or self._sink.batches:
            return None
        raise NotAvailable(
            "write_stream gives back a DataStreamWriter, and nothing has started it: "
            'run.write_stream("...", frame).start()'
        )

    def _tell(self, query: StreamingQuery) -> None:
        """Print the lines of the batches that are done since."""
        newest = query.lastProgress
        done = self._sink.done
        for progress in self._since(query) if done else []:
            counts = done.pop(progress["batchId"], None)
            if counts is not None:
                self._print(self._metrics.of_batch(progress, counts))
                self._tell_committed()
        if newest is not None and query.isActive and not query.status["isTriggerActive"]:
            idle = self._metrics.idle(newest)
            if idle is not None:
                self._print(idle)
        self._tell_progress()

    def _since(self, query: StreamingQuery) -> List[Any]:
        """What Spark says of batches, oldest first; it keeps the last hundred."""
        return list(query.recentProgress)

    def _print(self, line: Dict[str, Any]) -> None:
        print(json.dumps(line), flush=True)
        self._line = line

    def _tell_committed(self) -> None:
        if not self._committed:
            self._control.tell_committed()
            self._committed = True

    def _tell_progress(self, *, at_once: bool = False) -> None:
        if self._line and (at_once or time.monotonic() - self._written >= PROGRESS_SECONDS):
            self._control.tell_progress({**self._line, "time": _now()})
            self._written = time.monotonic()
            self._line = {}

    def _is_asked_to_stop(self) -> bool:
        if time.monotonic() - self._looked < STOP_SECONDS:
            return False
        self._looked = time.monotonic()
        return self._control.is_asked_to_stop()

    def _stop(self, query: StreamingQuery) -> None:
        """Let the batch under way finish, and no further one begin."""
        print("asked to stop; the batch under way is finished first", flush=True)
        self.stopped = True
        self._sink.stopping.set()
        while query.isActive and query.status["isTriggerActive"]:
            time.sleep(_BETWEEN_SECONDS)
        query.stop()


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
