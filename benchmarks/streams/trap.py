"""Lets a driver die at a named point of a micro-batch; runs inside of it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.streams.events import Events
from benchmarks.streams.faults import FORGOTTEN, IN_THE_LOG
from sparkjob.streaming import guard, sink, tables

_LOOK_SECONDS = 0.002
_QUARANTINE = "_quarantine"


class InjectedError(Exception):
    """The query was to die here, and not its process."""


class Trap:
    """Waits for a micro-batch at a point.

    Args:
        events: Where it tells what it does, before it does it.
        checkpoint: Of the stream.

    Attributes:
        sprung: Whether it did.
    """

    def __init__(self, events: Events, checkpoint: Path) -> None:
        self.sprung = False
        self._events = events
        self._commits = checkpoint / "commits"
        self._point, self._left, self._kills = "", 0, False
        self._stop: Callable[[], None] = lambda: None
        self._batch, self._has_rows = -1, False

    def arm(self, point: str, skip: int, *, kills: bool, stop: Callable[[], None]) -> None:
        """Wait for a point.

        Args:
            point: Which. Empty: none.
            skip: How many micro-batches pass it before.
            kills: Whether the process dies; else its query.
            stop: Stops the query from another thread.
        """
        self.sprung, self._point, self._left = False, point, skip
        self._kills, self._stop = kills, stop

    def set_up(self) -> None:
        """Stand in the way of the product's own functions."""
        self._around_the_sink()
        self._around(sink.Sink, "publish", before=self._published)
        self._around(tables.StreamTables, "write_quarantine", after=lambda *_: "between the tables")
        self._around(guard, "stage", after=_staged)
        self._around(guard, "add", after=_added)
        self._around(guard, "commit", after=_committed)

    def _around_the_sink(self) -> None:
        real = sink.Sink.take

        def take(this: sink.Sink, batch: Any, number: int) -> None:  # noqa: ANN401
            self._batch, self._has_rows = number, False
            self._events.tell("take", batch=number)
            real(this, batch, number)
            self._events.tell("done", batch=number, rows=this.done[number].read)
            self._at("after the sink")
            if self._point in IN_THE_LOG:
                threading.Thread(target=self._watch, args=(number,), daemon=True).start()

        sink.Sink.take = take  # type: ignore[method-assign]

    def _around(
        self,
        owner: Any,  # noqa: ANN401
        name: str,
        before: Callable[..., str] = lambda *_: "",
        after: Callable[..., str] = lambda *_: "",
    ) -> None:
        real = getattr(owner, name)

        def watched(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            self._at(before(*args))
            result = real(*args, **named)
            self._at(after(*args))
            return result

        setattr(owner, name, watched)

    def _published(self, *told: Any) -> str:  # noqa: ANN401
        # Spark also makes batches without records, to let the watermark close what it can.
        self._has_rows = told[4].read > 0
        return "before the sink"

    def _at(self, point: str) -> None:
        if self._is_for(point):
            self._spring()
            raise InjectedError(f"injected: {point}")

    def _is_for(self, point: str) -> bool:
        if not point or point != self._point or self.sprung or not self._has_rows:
            return False
        if self._left:
            self._left -= 1
            return False
        return True

    def _spring(self) -> None:
        self.sprung = True
        self._events.tell("hit", point=self._point, batch=self._batch)
        if self._kills:
            os.killpg(os.getpgid(0), signal.SIGKILL)

    def _watch(self, number: int) -> None:
        """Wait until Spark has written that a batch is done."""
        while not (self._commits / str(number)).exists():
            time.sleep(_LOOK_SECONDS)
        if self._is_for(self._point):
            self._spring()
            self._stop()


def pace(point: str) -> int:
    """Seconds between micro-batches; long where nothing may follow before the driver is dead."""
    return 5 if point == FORGOTTEN else 1


def _staged(_: Any, table: str, *__: Any) -> str:  # noqa: ANN401
    return "quarantine staged" if table.endswith(_QUARANTINE) else "output staged"


def _added(transaction: Any, *_: Any) -> str:  # noqa: ANN401
    name = str(transaction.table().name())
    return "" if name.endswith(_QUARANTINE) else "before commitTransaction"


def _committed(_: Any, table: str, change: object) -> str:  # noqa: ANN401
    is_batch = isinstance(change, partial) and not table.endswith(_QUARANTINE)
    return "after commitTransaction" if is_batch else ""
