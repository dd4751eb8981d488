"""Send messages at a rate, and note every answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from sparkcli.producing.journal import Journal
from sparkcli.producing.messages import Kind, Message

PAUSE_SECONDS = 0.02
SLICE = 500  # messages at a time where no rate is asked for
FLUSH_SECONDS = 60


class Client(Protocol):
    """What is used of kafka.KafkaProducer."""

    def send(self, topic: str, value: bytes | None = None, key: bytes | None = None) -> Any:  # noqa: ANN401
        """Send a record; the answer comes later."""

    def flush(self, timeout: float | None = None) -> None:
        """Wait for all answers."""


@dataclass
class Sending:
    """One production under way.

    Args:
        client: Sends.
        topic: Where to.
        journal: Notes the answers.
        tell: Called after every slice.
    """

    client: Client
    topic: str
    journal: Journal
    tell: Callable[["Sending"], None]
    sent: Counter[Kind] = field(default_factory=Counter)
    error: BaseException | None = None
    _answers: threading.Lock = field(default_factory=threading.Lock)

    @property
    def open(self) -> int:
        """How many have had no answer yet."""
        return self.sent.total() - self.journal.acknowledged.total() - self.journal.unknown

    def run(self, messages: Iterator[Message], *, rate: int, count: int | None) -> None:
        """Send until there were `count`, or until Ctrl-C; what was sent is answered first.

        Args:
            messages: Without end.
            rate: Messages a second; 0: as fast as it goes.
            count: How many. Default: without end.
        """
        began = time.monotonic()
        try:
            while self.error is None:
                due = self._due(rate, time.monotonic() - began, count)
                for _ in range(due):
                    self._send(next(messages))
                self.tell(self)
                if count is not None and self.sent.total() >= count:
                    break
                if rate:
                    time.sleep(PAUSE_SECONDS)
        finally:
            # Whatever ended it, also Ctrl-C: what was sent already has an answer coming.
            self._finish()
        if self.error is not None:
            raise self.error

    def _due(self, rate: int, seconds: float, count: int | None) -> int:
        """How many more should have been sent by now."""
        wanted = int(rate * seconds) if rate else self.sent.total() + SLICE
        ceiling = wanted if count is None else min(wanted, count)
        return max(0, ceiling - self.sent.total())

    def _send(self, message: Message) -> None:
        future = self.client.send(self.topic, value=message.value, key=message.key)
        self.sent[message.kind] += 1
        future.add_callback(self._answered, message)
        future.add_errback(self._failed, message)

    def _answered(self, message: Message, metadata: Any) -> None:  # noqa: ANN401  kafka-python's
        with self._answers:
            self.journal.add(message.kind, message.identity, metadata.partition, metadata.offset)

    def _failed(self, message: Message, error: BaseException) -> None:
        with self._answers:
            self.error = self.error or error
            self.journal.add_unknown(message.kind, message.identity)

    def _finish(self) -> None:
        try:
            self.client.flush(timeout=FLUSH_SECONDS)
        except Exception as error:
            self.error = self.error or error
