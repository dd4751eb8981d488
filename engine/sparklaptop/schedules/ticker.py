"""Fires what is due, once; and after a sleep only what is still worth it (docs/adr/0014)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sparklaptop.clock import Clock
from sparklaptop.events.outbox import Outbox
from sparklaptop.schedules.entries import Entry
from sparklaptop.schedules.plan import Plan
from sparklaptop.state.rows import Rows

log = logging.getLogger(__name__)
_KIND = "schedule"
_INSTANT = timedelta(microseconds=1)
# Looks are never farther apart, so a longer gap means that this computer slept.
_LONGEST_SECONDS, _SLEPT_SECONDS = 30.0, 90.0
_TURNED_BACK = timedelta(minutes=1)
_MOST_AT_ONCE = 10_000
_MISSED_WITHIN = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How far a schedule has come.

    Args:
        timing: Of the entry that it belongs to.
        identity: Of the same.
        anchor: Since when that is there.
        done: Up to here everything has fired or never will.
        last: The moment that fired last.
    """

    timing: str
    identity: str
    anchor: datetime
    done: datetime
    last: datetime | None = None


class Ticker:
    """Watches the clock.

    Args:
        clock: Says what time it is.
        rows: Where marks are kept.
        outbox: Delivers what is due.
        entries: Lists what fires.
        retire: Deletes a schedule, by its ARN.
    """

    def __init__(
        self,
        clock: Clock,
        rows: Rows,
        outbox: Outbox,
        entries: Iterable[Entry],
        retire: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._rows = rows
        self._outbox = outbox
        self._entries = entries
        self._retire = retire
        self._marks: dict[str, Mark] = dict(rows.all(_KIND))
        self._next: dict[str, datetime | None] = {}
        # The marks for which `_next` was worked out.
        self._seen: dict[str, Mark] = {}
        self._lock = threading.RLock()
        self._wake = threading.Condition()
        # None: this server has not looked yet; whatever is due was missed by the one before it.
        self._looked: float | None = None
        self._closed = False
        self._retiring: set[str] = set()
        clock.on_move(self.look)

    def start(self) -> None:
        """Begin to fire."""
        threading.Thread(target=self._watch, name="ticker", daemon=True).start()

    def close(self) -> None:
        """Fire no more."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()

    def look(self) -> None:
        """Fire what is due now: when this returns, all of it is kept for delivery."""
        with self._lock:
            slept = self._looked is None or time.time() - self._looked > _SLEPT_SECONDS
            self._looked = time.time()
            now = self._clock.now()
            before, self._next = self._next, {}
            for entry in self._entries:
                try:
                    following = self._visit(entry, now, before.get(entry.arn), slept=slept)
                except ValueError as error:
                    log.error("%s cannot fire: %s", entry.arn, error)
                    following = None
                self._next[entry.arn] = following
        with self._wake:
            self._wake.notify_all()

    def forget(self, arn: str) -> None:
        """Drop what is known of a schedule that was deleted."""
        with self._lock:
            self._marks.pop(arn, None)
            self._next.pop(arn, None)
            self._seen.pop(arn, None)
            self._retiring.discard(arn)
            self._rows.drop(_KIND, arn)

    def control(self, _environ: dict[str, Any]) -> tuple[str, Any]:
        """Answer `/_sparkrail/schedules`: when each fires and when it fired last."""
        with self._lock:
            shown = []
            for entry in self._entries:
                mark = self._marks.get(entry.arn)
                following = self._next.get(entry.arn) if entry.enabled else None
                shown.append(
                    {
                        "arn": entry.arn,
                        "enabled": entry.enabled,
                        "next": following and following.isoformat(),
                        "last": mark and mark.last and mark.last.isoformat(),
                    }
                )
        return "200 OK", {"schedules": shown}

    def _watch(self) -> None:
        self.look()
        while True:
            with self._wake:
                if not self._closed:
                    self._wake.wait(self._pause_seconds())
                if self._closed:
                    return
            if self._pause_seconds() <= 0 or self._overdue():
                self.look()

    def _overdue(self) -> bool:
        return self._looked is None or time.time() - self._looked >= _LONGEST_SECONDS

    def _pause_seconds(self) -> float:
        coming = [moment for moment in list(self._next.values()) if moment is not None]
        if not coming:
            return _LONGEST_SECONDS
        return min(_LONGEST_SECONDS, (min(coming) - self._clock.now()).total_seconds())

    def _visit(
        self, entry: Entry, now: datetime, following: datetime | None, *, slept: bool
    ) -> datetime | None:
        """Fire what is due of one entry; returns when it fires next, given when it was to."""
        mark = self._mark(entry, now)
        if not entry.enabled:
            return None
        plan = entry.plan(mark.anchor)
        if following is None or mark is not self._seen.get(entry.arn):
            following = plan.next(mark.done)
        if following is not None and following <= now:
            if slept:
                mark = self._catch_up(entry, plan, mark, now)
            else:
                mark = self._fire(entry, mark, plan.between(mark.done, now, _MOST_AT_ONCE), now)
            following = plan.next(mark.done)
        self._seen[entry.arn] = mark
        if following is None and entry.deleted_when_over and entry.arn not in self._retiring:
            self._retiring.add(entry.arn)
            # Deleting is a request of its own, which comes back here.
            threading.Thread(target=self._retire, args=(entry.arn,), daemon=True).start()
        return following

    def _mark(self, entry: Entry, now: datetime) -> Mark:
        """Its mark; a new one if it is new or was changed, or if the clock was turned back."""
        before = self._marks.get(entry.arn)
        if before and (before.timing, before.identity) == (entry.timing, entry.identity):
            if before.done - now <= _TURNED_BACK:
                return before
            mark = replace(before, done=now)
        else:
            same = before is not None and before.timing == entry.timing
            anchor = before.anchor if before and same else now.replace(microsecond=0)
            plan = entry.plan(anchor)
            # A new rate fires at once, and its first moment is a whole second.
            at_once = plan.is_rate and plan.at_once and not same
            done = anchor - _INSTANT if at_once else now
            mark = Mark(timing=entry.timing, identity=entry.identity, anchor=anchor, done=done)
        self._keep(entry.arn, mark)
        return mark

    def _fire(self, entry: Entry, mark: Mark, due: list[datetime], now: datetime) -> Mark:
        mark = replace(mark, done=due[-1], last=due[-1])
        with self._rows.together():
            self._outbox.accept(one for moment in due for one in entry.fire(moment, 0))
            self._keep(entry.arn, mark)
        if len(due) == _MOST_AT_ONCE:
            log.warning("%s fired %d times up to %s", entry.arn, len(due), due[-1])
            following = entry.plan(mark.anchor).between(mark.done, now, _MOST_AT_ONCE)
            return self._fire(entry, mark, following, now) if following else mark
        return mark

    def _catch_up(self, entry: Entry, plan: Plan, mark: Mark, now: datetime) -> Mark:
        """Deliver the latest moment that was missed if it is not too old."""
        since = max(mark.done, now - _MISSED_WITHIN)
        missed = plan.between(since, now, _MOST_AT_ONCE)
        latest = missed[-1] if missed else None
        late = (now - latest).total_seconds() if latest else 0.0
        delivered = latest if latest and late <= entry.oldest_seconds else None
        mark = replace(mark, done=latest or now, last=delivered or mark.last)
        with self._rows.together():
            self._outbox.accept(entry.fire(delivered, late) if delivered else ())
            self._keep(entry.arn, mark)
        log.warning(
            "%s: while the laptop cloud was off or asleep, %d of its times were missed; %s",
            entry.arn,
            len(missed),
            f"the latest, {delivered}, is delivered now" if delivered else "none is delivered now",
        )
        return mark

    def _keep(self, arn: str, mark: Mark) -> None:
        self._marks[arn] = mark
        self._rows.put(_KIND, arn, mark)
