"""When one schedule fires, between its dates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sparkmodel.cron import next_fire

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When one schedule fires.

    A rate fires first at its start date, or at once when it has none. One-time schedules have no
    dates. (EventBridge Scheduler guide, schedule types.)

    Args:
        expression: `cron(...)`, `rate(...)` or `at(...)`.
        timezone: IANA name. Default: UTC.
        anchor: Since when it is there; from it a rate without a start date counts.
        start: First moment at which it may fire. Default: no limit.
        end: Last moment at which it may fire. Default: no limit.
        at_once: Whether a rate fires at its anchor already; rules of EventBridge do not.
    """

    expression: str
    anchor: datetime
    timezone: str = "UTC"
    start: datetime | None = None
    end: datetime | None = None
    at_once: bool = True

    @property
    def is_rate(self) -> bool:
        """Whether it counts from its beginning."""
        return self.expression.startswith("rate(")

    def next(self, after: datetime) -> datetime | None:
        """The first moment after this one at which it fires; None if there is none.

        Raises:
            CronError: AWS would not take the expression.
        """
        if self.expression.startswith("at("):
            return next_fire(self.expression, after, self.timezone)
        if self.is_rate:
            found: datetime | None = self._next_of_rate(after)
        else:
            first = max(after, self.start - _INSTANT) if self.start else after
            found = next_fire(self.expression, first, self.timezone)
        return None if found and self.end and found > self.end else found

    def _next_of_rate(self, after: datetime) -> datetime:
        begin = next_fire(self.expression, self.anchor)
        assert begin is not None
        step = begin - self.anchor
        first = self.start or (self.anchor if self.at_once else begin)
        return first if after < first else first + ((after - first) // step + 1) * step

    def between(self, after: datetime, until: datetime, most: int) -> list[datetime]:
        """All moments after the one and not after the other; the first ones if there are more.

        Args:
            after: Not included.
            until: Included.
            most: How many at most.
        """
        return list(itertools.islice(self._walk(after, until), most))

    def _walk(self, after: datetime, until: datetime) -> Iterator[datetime]:
        moment = self.next(after)
        while moment is not None and moment <= until:
            yield moment
            moment = self.next(moment)
