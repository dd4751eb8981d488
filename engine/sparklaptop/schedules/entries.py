"""Everything that fires by the clock: schedules of EventBridge Scheduler, and rules with one."""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.scheduler.models import scheduler_backends

from sparklaptop.events.deliveries import MOST_ATTEMPTS, OLDEST_SECONDS, Delivery
from sparklaptop.events.router import Router
from sparklaptop.schedules.plan import Plan
from sparklaptop.untyped import Json, MotoObject

_NAME_LETTERS = 38


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that fires by the clock.

    Args:
        arn: Which.
        enabled: Whether it fires now.
        timing: What its times depend on; when it changes, it counts anew.
        identity: Changes when it is made anew, disabled or enabled.
        plan: Its times, for the moment since when it is there.
        oldest_seconds: How late it may still be delivered.
        fire: What is to be delivered for a moment, that many seconds after it.
        deleted_when_over: Whether it is deleted once it never fires again.
    """

    arn: str
    enabled: bool
    timing: str
    identity: str
    plan: Callable[[datetime], Plan]
    oldest_seconds: float
    fire: Callable[[datetime, float], Iterable[Delivery]]
    deleted_when_over: bool = False


class Entries:
    """Lists what fires, as moto has it now.

    Args:
        account: Of the laptop cloud.
        router: Knows what the targets of a rule are given.
        scale: Length of a second of ages, in seconds.
    """

    def __init__(self, account: str, router: Router, scale: float) -> None:
        self._account = account
        self._router = router
        self._scale = scale

    def __iter__(self) -> Iterator[Entry]:
        # Not by `[]`, with which a request says which backends it may change.
        for backend in list((dict.get(scheduler_backends, self._account) or {}).values()):
            for group in list(backend.schedule_groups.values()):
                for schedule in list(group.schedules.values()):
                    yield self._of_schedule(schedule)
        for backend in list((dict.get(events_backends, self._account) or {}).values()):
            for rule in list(backend.event_buses["default"].rules.values()):
                if rule.scheduled_expression:
                    yield self._of_rule(rule)

    def _of_schedule(self, schedule: MotoObject) -> Entry:
        start, end = moment_of(schedule.start_date), moment_of(schedule.end_date)
        timing = (schedule.schedule_expression, schedule.schedule_expression_timezone, start, end)

        def plan(anchor: datetime) -> Plan:
            return Plan(
                expression=schedule.schedule_expression.strip(),
                timezone=schedule.schedule_expression_timezone,
                anchor=anchor,
                start=start,
                end=end,
            )

        def fire(moment: datetime, late: float) -> list[Delivery]:
            return [_delivery(schedule, moment, late, self._scale)]

        return Entry(
            arn=schedule.arn,
            enabled=schedule.state == "ENABLED",
            timing=repr(timing),
            identity=f"{schedule.creation_date} {schedule.state}",
            plan=plan,
            oldest_seconds=_policy(schedule.target)[1],
            fire=fire,
            deleted_when_over=schedule.action_after_completion == "DELETE",
        )

    def _of_rule(self, rule: MotoObject) -> Entry:
        def plan(anchor: datetime) -> Plan:
            return Plan(expression=rule.scheduled_expression.strip(), anchor=anchor, at_once=False)

        def fire(moment: datetime, _late: float) -> Iterable[Delivery]:
            event = self._router.event(
                "aws.events",
                "Scheduled Event",
                {},
                region=rule.region_name,
                resources=[rule.arn],
                moment=moment,
                identity=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{rule.arn} {moment.isoformat()}")),
            )
            return self._router.deliveries(rule, event, 0)

        return Entry(
            arn=rule.arn,
            enabled=rule.state == "ENABLED",
            timing=rule.scheduled_expression,
            identity=rule.state,
            plan=plan,
            oldest_seconds=max((_policy(one)[1] for one in rule.targets), default=OLDEST_SECONDS),
            fire=fire,
        )


def moment_of(given: Json) -> datetime | None:
    """A date of the API, which is a number or a text, as a moment."""
    if given is None:
        return None
    if isinstance(given, int | float):
        return datetime.fromtimestamp(given, UTC)
    found = datetime.fromisoformat(str(given))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _policy(target: dict[str, Any]) -> tuple[int, float]:
    policy = target.get("RetryPolicy") or {}
    attempts = policy.get("MaximumRetryAttempts")
    age = policy.get("MaximumEventAgeInSeconds")
    return (
        MOST_ATTEMPTS if attempts is None else int(attempts),
        OLDEST_SECONDS if age is None else float(age),
    )


def _delivery(schedule: MotoObject, moment: datetime, late: float, scale: float) -> Delivery:
    """What the target is to be told of one moment: always the same for the same moment."""
    scheduled = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    digest = hashlib.sha256(f"{schedule.arn} {scheduled}".encode()).hexdigest()[:16]
    target = schedule.target
    attempts, age = _policy(target)
    region, account = schedule.arn.split(":")[3:5]
    name = re.sub(r"[^A-Za-z0-9_-]", "-", schedule.name)[:_NAME_LETTERS]
    body = target.get("Input")
    if body is None:
        body = json.dumps(_default_input(schedule, scheduled, digest))
    for word, value in {
        "scheduled-time": scheduled,
        "schedule-arn": schedule.arn,
        "execution-id": digest,
    }.items():
        body = body.replace(f"<aws.scheduler.{word}>", value)
    bus = target.get("EventBridgeParameters")
    return Delivery(
        id=f"{name}-{moment:%Y%m%dT%H%M%SZ}-{digest[:8]}",
        target=target["Arn"],
        body=body,
        service="scheduler.amazonaws.com",
        source=f"arn:aws:scheduler:{region}:{account}:schedule-group/{schedule.group_name}",
        role=target["RoleArn"],
        session="scheduler",
        group=(target.get("SqsParameters") or {}).get("MessageGroupId"),
        event={"source": bus["Source"], "detail-type": bus["DetailType"]} if bus else None,
        attempts=attempts,
        until=time.time() + (age - late) * scale,
        dead_letters=(target.get("DeadLetterConfig") or {}).get("Arn"),
        # A schedule leaves word under its own role (Scheduler guide, dead-letter queues).
        dead_role=target["RoleArn"],
        dead_body=json.dumps({"TargetArn": target["Arn"], "Input": body}),
        labels={
            "SCHEDULE_ARN": schedule.arn,
            "TARGET_ARN": target["Arn"],
            "SCHEDULED_TIME": scheduled,
            "EXECUTION_ID": digest,
            "IS_PAYLOAD_TRUNCATED": "false",
        },
    )


def _default_input(schedule: MotoObject, scheduled: str, digest: str) -> dict[str, Any]:
    _, _, _, region, account, _ = schedule.arn.split(":", 5)
    return {
        "version": "0",
        "id": digest,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": scheduled,
        "region": region,
        "resources": [schedule.arn],
        "detail": "{}",
    }
