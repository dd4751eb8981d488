"""Puts Kafka clusters into the laptop cloud; none of them costs anything until it is asked for."""

from __future__ import annotations

from typing import Any

from sparklaptop.emrserverless.settings import Settings
from sparklaptop.kafka import api
from sparklaptop.kafka.brokers import Brokers
from sparklaptop.kafka.gate import Gate
from sparklaptop.roles.judge import Judge


class Streams:
    """The Kafka clusters of the laptop cloud, and what their brokers ask it.

    Args:
        settings: Of this server.
        judge: Decides what clients of brokers may do.
    """

    def __init__(self, settings: Settings, judge: Judge) -> None:
        self.brokers = Brokers(settings)
        self._gate = Gate(settings.account, judge)
        api.install(self.brokers)

    def routes(self) -> dict[str, Any]:
        """The server's own addresses for brokers."""
        return self._gate.routes()

    def running(self) -> int:
        """How many brokers run."""
        found = self.brokers.running().values()
        return sum(pid is not None for pids in found for pid in pids)

    def close(self) -> None:
        """End every broker; what they hold stays."""
        self.brokers.close()
