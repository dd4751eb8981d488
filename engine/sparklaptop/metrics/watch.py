"""Turns log lines into datapoints and looks at the alarms on them, beside everything else."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.logs.models import LogsBackend

from sparklaptop.clients import Clients
from sparklaptop.emrserverless.settings import Settings
from sparklaptop.metrics import alarms, datapoints
from sparklaptop.roles import services
from sparklaptop.untyped import MotoObject

log = logging.getLogger(__name__)
_MINUTE_SECONDS = 60
_LOOK_SECONDS = 10.0
_SERVICE = "cloudwatch.amazonaws.com"
_ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions"}


class Watch:
    """One thread; it sleeps as long as no line is filtered and no alarm is to be looked at.

    Args:
        settings: Of this server.
        clients: How the topics of alarms are told.
    """

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self._settings = settings
        self._clients = clients
        self._scale = settings.seconds_per_minute / _MINUTE_SECONDS
        # Not in the request that brings the lines: what it touches is written to the disk.
        self._lines: queue.SimpleQueue[tuple[str, list[Any], list[Any]]] = queue.SimpleQueue()

    def install(self) -> None:
        """Hear of log lines, before the first request."""
        before = LogsBackend.put_log_events
        lines = self._lines

        def put_log_events(
            backend: MotoObject, log_group_name: str, log_stream_name: str, log_events: list[Any]
        ) -> MotoObject:
            answer = before(backend, log_group_name, log_stream_name, log_events)
            if found := backend.filters.get_matching_filters(log_group_name=log_group_name):
                lines.put((backend.region_name, list(found), list(log_events)))
            return answer

        LogsBackend.put_log_events = put_log_events

    def start(self) -> None:
        """Begin; the server must answer by now."""
        threading.Thread(target=self._work, name="metrics", daemon=True).start()

    def _work(self) -> None:
        every = max(_LOOK_SECONDS * self._scale, 0.05)
        due = time.monotonic() + every
        while True:
            try:
                self._keep(self._lines.get(timeout=max(due - time.monotonic(), 0.01)))
            except queue.Empty:
                pass
            except Exception:
                # A metric that fails must not be the last one.
                log.exception("a line of a log")
            if time.monotonic() >= due:
                due = time.monotonic() + every
                try:
                    self._look()
                except Exception:
                    log.exception("alarms")

    def _keep(self, found: tuple[str, list[Any], list[Any]]) -> None:
        region, filters, events = found
        made = [*datapoints.made_of(filters, events)]
        if made:
            datapoints.keep(self._settings.account, region, made)

    def _look(self) -> None:
        from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415

        account = cloudwatch_backends[self._settings.account]
        for region in list(account):
            backend = account[region]
            now = datetime.now(UTC).replace(tzinfo=None)
            for alarm in list(backend.alarms.values()):
                if alarm.rule is not None:
                    continue
                verdict = alarms.judge(alarm, list(backend.metric_data), now, self._scale)
                if verdict.state != alarm.state_value:
                    before = alarm.state_value
                    alarm.update_state(verdict.reason, "{}", verdict.state)
                    self._tell(alarm, region, before)

    def _tell(self, alarm: MotoObject, region: str, before: str) -> None:
        topics = getattr(alarm, _ACTIONS.get(alarm.state_value, ""), ())
        for topic in topics if alarm.actions_enabled else ():
            try:
                services.check(_SERVICE, "sns:Publish", topic, source_arn=alarm.alarm_arn)
                self._clients.get("sns", region).publish(
                    TopicArn=topic,
                    Subject=f'{alarm.state_value}: "{alarm.name}" in {region}'[:100],
                    Message=json.dumps(self._message(alarm, region, before)),
                )
            except (BotoCoreError, ClientError, services.RefusedError) as error:
                log.warning("alarm %s could not tell %s: %s", alarm.name, topic, error)

    def _message(self, alarm: MotoObject, region: str, before: str) -> dict[str, Any]:
        return {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": self._settings.account,
            "NewStateValue": alarm.state_value,
            "NewStateReason": alarm.state_reason,
            "StateChangeTime": f"{alarm.state_updated_timestamp.isoformat()}+0000",
            "Region": region,
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": before,
        }
