"""From events to deliveries: which rules of a bus match, and what their targets are given."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends

from sparklaptop.events.deliveries import MOST_ATTEMPTS, OLDEST_SECONDS, Delivery
from sparklaptop.events.inputs import body_for
from sparklaptop.events.outbox import Outbox
from sparklaptop.events.patterns import matches
from sparklaptop.untyped import MotoObject

DEFAULT_BUS = "default"
Event = Mapping[str, Any]


class Router:
    """Brings events to the targets of matching rules.

    Args:
        outbox: Delivers.
        account: Of the laptop cloud.
        scale: Length of a second of ages, in seconds.
    """

    def __init__(self, outbox: Outbox, account: str, scale: float) -> None:
        self._outbox = outbox
        self._account = account
        self._scale = scale
        # Faults on purpose lose events: whatever this says yes to never arrives.
        self.lost: Callable[[Event], bool] = lambda _event: False

    def emit(
        self,
        source: str,
        kind: str,
        detail: Mapping[str, Any],
        *,
        region: str,
        resources: Iterable[str] = (),
        depth: int = 0,
    ) -> None:
        """Send an event of a service to the default bus.

        Args:
            source: `aws.states` and such.
            kind: Its detail-type.
            detail: What it says.
            region: Where it happened.
            resources: ARNs that it is about.
            depth: How many deliveries led to it.
        """
        if self._rules(region, DEFAULT_BUS):
            event = self.event(source, kind, detail, region=region, resources=resources)
            self.route([(event, DEFAULT_BUS, depth)], region)

    def event(
        self,
        source: str,
        kind: str,
        detail: Mapping[str, Any],
        *,
        region: str,
        resources: Iterable[str] = (),
        moment: datetime | None = None,
        identity: str | None = None,
    ) -> Event:
        """Write an event as EventBridge does; its moment is now and its id new unless given."""
        return {
            "version": "0",
            "id": identity or str(uuid.uuid4()),
            "detail-type": kind,
            "source": source,
            "account": self._account,
            "time": f"{(moment or datetime.now(UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "region": region,
            "resources": list(resources),
            "detail": detail,
        }

    def route(self, events: Iterable[tuple[Event, str, int]], region: str) -> None:
        """Take on the deliveries of events: when this returns, none of them is lost.

        Args:
            events: Each with the name of its bus and how many deliveries led to it.
            region: Of the buses.
        """
        self._outbox.accept(
            [
                delivery
                for event, bus, depth in events
                if not self.lost(event)
                for rule in self._rules(region, bus)
                if matches(rule.event_pattern.get_pattern(), event)
                for delivery in self.deliveries(rule, event, depth)
            ]
        )

    def deliveries(self, rule: MotoObject, event: Event, depth: int) -> Iterator[Delivery]:
        """What the targets of a rule are to be told."""
        for target in list(rule.targets):
            policy = target.get("RetryPolicy") or {}
            age = float(policy.get("MaximumEventAgeInSeconds") or OLDEST_SECONDS)
            place = hashlib.sha256(f"{rule.arn}\n{target['Id']}".encode()).hexdigest()[:12]
            yield Delivery(
                id=f"{event['id']}_{place}",
                target=target["Arn"],
                body=body_for(target, event, rule.arn),
                service="events.amazonaws.com",
                source=rule.arn,
                role=target.get("RoleArn"),
                group=(target.get("SqsParameters") or {}).get("MessageGroupId"),
                event=event if ":events:" in target["Arn"] else None,
                depth=depth,
                attempts=int(policy.get("MaximumRetryAttempts", MOST_ATTEMPTS)),
                until=time.time() + age * self._scale,
                dead_letters=(target.get("DeadLetterConfig") or {}).get("Arn"),
                dead_body=json.dumps(event),
                labels={"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"]},
            )

    def _rules(self, region: str, bus: str) -> list[MotoObject]:
        """The rules of a bus that may match: enabled, and with a pattern."""
        # Not by `[]`, with which a request says which backends it may change.
        backend = dict.get(dict.get(events_backends, self._account) or {}, region)
        found = backend and backend.event_buses.get(bus)
        return [
            rule
            for rule in list(found.rules.values() if found else ())
            if rule.state == "ENABLED" and rule.event_pattern.get_pattern()
        ]
