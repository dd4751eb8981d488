"""Watches what a driver tells, and keeps what is to be known of it in the end."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field

from benchmarks.streams.events import Event, Events
from benchmarks.streams.submit import Driver

STEP_SECONDS = 300
_POLL_SECONDS = 0.05


class StuckError(Exception):
    """The stream did not go on; with what its driver said last."""


@dataclass
class Tally:
    """What was seen.

    Args:
        hit: Faults that were, and where: number and micro-batch.
        unplanned: What else the stream failed with.
        recoveries: Seconds from the end of a driver to the next micro-batch in the tables.
        starts: Processes.
        batches: Micro-batches that came to the sink, each as often as it came.
    """

    hit: dict[int, int] = field(default_factory=dict)
    unplanned: list[str] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    starts: int = 0
    batches: int = 0

    @property
    def recovery_seconds(self) -> float:
        """The median of the recoveries."""
        return round(statistics.median(self.recoveries), 1) if self.recoveries else 0.0


class Watch:
    """The events of a stream, over all starts of its driver.

    Args:
        events: What drivers write.
    """

    def __init__(self, events: Events) -> None:
        self.events = events
        self.tally = Tally()
        self._dead_since: float | None = None

    def dead(self) -> None:
        """The driver is; what it told and nobody has asked for is noted."""
        for event in self.events.new():
            self._note(event)
        self._dead_since = time.time()

    def next(self, driver: Driver, what: str, number: int, seconds: float = STEP_SECONDS) -> Event:
        """Wait for an event; notes on the way how long recoveries took and what failed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            gone = driver.process.poll() is not None
            found = self.events.new()
            for at, event in enumerate(found):
                self._note(event)
                if event["what"] == what:
                    self.events.unread(found[at + 1 :])
                    return event
            if gone and not found:
                raise StuckError(f"the driver ended by itself at {number}:\n{driver.last_words()}")
            time.sleep(_POLL_SECONDS)
        raise StuckError(f"no {what} in {seconds} s at {number}:\n{driver.last_words()}")

    def newest_batch(self) -> int:
        """The number of the micro-batch that came to the sink last; -1: none did."""
        taken = [each["batch"] for each in self.events.all() if each["what"] == "take"]
        return taken[-1] if taken else -1

    def _note(self, event: Event) -> None:
        if event["what"] == "done" and self._dead_since is not None:
            self.tally.recoveries.append(event["time"] - self._dead_since)
            self._dead_since = None
        if event["what"] == "ended" and not event["good"]:
            told = f"{event['error']}: {event['message']}"
            self.tally.unplanned.append(told if event["error"] else f"missed: {event['number']}")
