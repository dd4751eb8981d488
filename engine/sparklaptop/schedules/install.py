"""Puts events and schedules into the laptop cloud."""

from __future__ import annotations

import logging
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sparklaptop.clients import Clients
from sparklaptop.clock import Clock
from sparklaptop.emrserverless.api import Service
from sparklaptop.emrserverless.runs import JobRun
from sparklaptop.emrserverless.settings import Settings
from sparklaptop.events import api as events_api
from sparklaptop.events.emitters import emr_serverless, executions, objects, stacks
from sparklaptop.events.outbox import Outbox
from sparklaptop.events.router import Router
from sparklaptop.events.senders import Sender
from sparklaptop.schedules import api
from sparklaptop.schedules.entries import Entries
from sparklaptop.schedules.ticker import Ticker
from sparklaptop.state.rows import Rows
from sparklaptop.untyped import MotoObject

log = logging.getLogger(__name__)
_WORKERS = 8
_MINUTE_SECONDS = 60


class Timekeeper:
    """Everything that happens in the laptop cloud without anyone asking for it.

    Args:
        settings: Of this server.
        clients: How targets are told.
        rows: What survives a killed server.
    """

    def __init__(self, settings: Settings, clients: Clients, rows: Rows) -> None:
        scale = settings.seconds_per_minute / _MINUTE_SECONDS
        sender = Sender(clients)
        self._clients = clients
        self._events = Outbox("event", rows, sender, workers=_WORKERS, scale=scale)
        # One at a time: the moments of a schedule arrive in their order.
        self._due = Outbox("due", rows, sender, workers=1, scale=scale)
        self.router = Router(self._events, settings.account, scale)
        self.clock = Clock(rows)
        entries = Entries(settings.account, self.router, scale)
        self.ticker = Ticker(self.clock, rows, self._due, entries, self._retire)

    def install(self, service: Service) -> None:
        """Take the place of moto's own events, once, before the first request.

        Args:
            service: EMR Serverless, whose changes are events too.
        """
        events_api.apply(self.router)
        for emitter in (executions, objects, stacks):
            emitter.apply(self.router)
        service.changes.run = lambda run: emr_serverless.run_changed(self.router, run)
        service.changes.application = lambda one: emr_serverless.application_changed(
            self.router, one
        )
        api.apply(self.ticker, self.clock)

    def tell_of_cut_off(self, runs: list[JobRun], cut_off: list[MotoObject]) -> None:
        """Tell of what ended because the server before this one did.

        Args:
            runs: Job runs.
            cut_off: Executions.
        """
        for run in runs:
            emr_serverless.run_changed(self.router, run)
        for execution in cut_off:
            executions.tell(self.router, execution, execution.exec_status)

    def start(self) -> None:
        """Begin to deliver and to fire; the server must answer by now."""
        self._events.start()
        self._due.start()
        self.ticker.start()

    def close(self) -> None:
        """Deliver and fire no more."""
        self.ticker.close()
        self._due.close()
        self._events.close()

    def routes(self) -> dict[str, Any]:
        """The server's own addresses about time."""
        return {
            "/_sparkrail/clock": self.clock.control,
            "/_sparkrail/schedules": self.ticker.control,
        }

    def _retire(self, arn: str) -> None:
        _, group, name = arn.split(":", 5)[5].split("/")
        client = self._clients.get("scheduler", arn.split(":")[3])
        try:
            client.delete_schedule(GroupName=group, Name=name)
        except (BotoCoreError, ClientError) as error:
            log.warning("%s was to be deleted after its last time: %s", arn, error)
