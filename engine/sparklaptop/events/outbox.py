"""What is to be delivered: kept until its target has it, or its dead-letter queue."""

from __future__ import annotations

import heapq
import itertools
import logging
import random
import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from sparklaptop.events import refusals
from sparklaptop.events.deliveries import Delivery
from sparklaptop.events.senders import Sender
from sparklaptop.state.rows import Rows

log = logging.getLogger(__name__)
_FIRST_SECONDS, _LONGEST_SECONDS, _DOUBLINGS = 1.0, 300.0, 16
_LETTERS = 1000


class Outbox:
    """Delivers in threads of its own, never in that of who accepted it.

    A delivery is a row from the moment it is accepted until it is over, so a killed server makes
    it again: at least once, as on AWS.

    Args:
        kind: What its rows are called.
        rows: Where they are.
        sender: Tells targets.
        workers: How many deliveries at once; one keeps their order.
        scale: Length of a second of delays, in seconds.
    """

    def __init__(
        self, kind: str, rows: Rows, sender: Sender, *, workers: int, scale: float
    ) -> None:
        self._kind = kind
        self._rows = rows
        self._sender = sender
        self._workers = workers
        self._scale = scale
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._count = itertools.count()
        self._change = threading.Condition()
        self._closed = False

    def accept(self, deliveries: Iterable[Delivery]) -> None:
        """Take deliveries on: when this returns, they are kept."""
        accepted = list(deliveries)
        if not accepted:
            return
        with self._rows.together():
            for one in accepted:
                self._rows.put(self._kind, one.id, vars(one))
        self._queue(accepted)

    def start(self) -> None:
        """Begin to deliver, with what a server before this one left."""
        left = [Delivery(**row) for _, row in self._rows.all(self._kind)]
        with self._change:
            known = {one.id for _, _, one in self._waiting}
        self._queue([one for one in left if one.id not in known])
        for number in range(self._workers):
            threading.Thread(target=self._work, name=f"{self._kind}-{number}", daemon=True).start()

    def close(self) -> None:
        """Deliver no more; what is left stays a row."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _queue(self, deliveries: list[Delivery], delay: float = 0) -> None:
        due = time.monotonic() + delay
        with self._change:
            for one in deliveries:
                heapq.heappush(self._waiting, (due, next(self._count), one))
            self._change.notify(len(deliveries))

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            try:
                self._deliver(delivery)
            except Exception:
                log.exception("delivery %s to %s", delivery.id, delivery.target)

    def _next(self) -> Delivery | None:
        with self._change:
            while not self._closed:
                if not self._waiting:
                    self._change.wait()
                    continue
                wait = self._waiting[0][0] - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._change.wait(wait)
        return None

    def _deliver(self, delivery: Delivery) -> None:
        try:
            self._sender.send(delivery)
        except Exception as error:
            if self._closed:
                # The server itself went away under it; the next one tries again.
                return
            if self._try_again(delivery, error):
                return
            self._bury(delivery, error)
        self._rows.drop(self._kind, delivery.id)

    def _try_again(self, delivery: Delivery, error: Exception) -> bool:
        spent = delivery.tries >= delivery.attempts or time.time() >= delivery.until
        if refusals.is_permanent(error) or spent:
            return False
        again = replace(delivery, tries=delivery.tries + 1)
        self._rows.put(self._kind, again.id, vars(again))
        longest = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2 ** min(delivery.tries, _DOUBLINGS))
        self._queue([again], delay=longest * random.uniform(0.5, 1) * self._scale)
        return True

    def _bury(self, delivery: Delivery, error: Exception) -> None:
        words = str(error)
        if delivery.dead_letters is None:
            log.error(
                "an event was not delivered and is gone (%s has no dead-letter queue): %s: %s",
                ", ".join(delivery.labels.values()),
                refusals.name_of(error),
                words,
            )
            return
        attributes = {
            **delivery.labels,
            "ERROR_CODE": refusals.name_of(error),
            "ERROR_MESSAGE": words[:_LETTERS],
            "RETRY_ATTEMPTS": str(delivery.tries),
        }
        if not refusals.is_permanent(error):
            tried = delivery.tries >= delivery.attempts
            attributes["EXHAUSTED_RETRY_CONDITION"] = (
                "MaximumRetryAttempts" if tried else "MaximumEventAgeInSeconds"
            )
        try:
            self._sender.bury(delivery, delivery.dead_letters, attributes)
        except Exception as lost:
            log.error(
                "an event was not delivered (%s) and %s did not take it either: %s",
                words,
                delivery.dead_letters,
                lost,
            )
