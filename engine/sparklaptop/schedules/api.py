"""EventBridge Scheduler's own calls: what they refuse, and that the ticker hears of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from moto.events.models import EventsBackend
from moto.scheduler import models
from moto.scheduler.exceptions import ValidationException

from sparklaptop.clock import Clock
from sparklaptop.events import senders
from sparklaptop.schedules.entries import moment_of
from sparklaptop.schedules.ticker import Ticker
from sparklaptop.untyped import Json, MotoObject

_UNIVERSAL = ":aws-sdk:"
_EARLIEST = timedelta(minutes=5)


def apply(ticker: Ticker, clock: Clock) -> None:
    """Check schedules when they are made, and let the ticker look at each change."""
    backend = models.EventBridgeSchedulerBackend
    create, update, delete = (
        backend.create_schedule,
        backend.update_schedule,
        backend.delete_schedule,
    )

    def create_schedule(self: MotoObject, **given: Json) -> MotoObject:
        check(given, clock.now())
        made = create(self, **given)
        ticker.look()
        return made

    def update_schedule(self: MotoObject, **given: Json) -> MotoObject:
        check(given, None)
        changed = update(self, **given)
        ticker.look()
        return changed

    def delete_schedule(self: MotoObject, group_name: str | None, name: str) -> None:
        arn = self.get_schedule(group_name, name).arn
        delete(self, group_name, name)
        ticker.forget(arn)

    def start_date(_self: MotoObject, given: Json) -> Json:
        return given

    backend.create_schedule = create_schedule
    backend.update_schedule = update_schedule
    backend.delete_schedule = delete_schedule
    # moto compares it with another clock.
    models.Schedule._validate_start_date = start_date
    _hear_of_rules(ticker)


def _hear_of_rules(ticker: Ticker) -> None:
    for name in ("put_rule", "put_targets", "enable_rule"):
        setattr(EventsBackend, name, _heard(getattr(EventsBackend, name), ticker))
    delete = EventsBackend.delete_rule

    def delete_rule(self: MotoObject, name: str, event_bus_arn: str | None) -> None:
        rule = self.describe_rule(name, event_bus_arn)
        delete(self, name, event_bus_arn)
        ticker.forget(rule.arn)

    EventsBackend.delete_rule = delete_rule


def _heard(method: MotoObject, ticker: Ticker) -> MotoObject:
    def heard(self: MotoObject, *args: Json, **given: Json) -> MotoObject:
        answer = method(self, *args, **given)
        ticker.look()
        return answer

    return heard


def check(given: dict[str, Any], now: datetime | None) -> None:
    """Refuse what Scheduler would refuse, and what the laptop cloud could not do.

    Args:
        given: The call's parameters, as moto names them.
        now: When a schedule is made. Default: it is changed.

    Raises:
        ValidationException: It is refused.
    """
    start, end = moment_of(given["start_date"]), moment_of(given["end_date"])
    once = str(given["schedule_expression"]).startswith("at(")
    if now and start and start < now - _EARLIEST and not once:
        raise ValidationException(
            message="The StartDate you specify cannot be earlier than 5 minutes ago."
        )
    if start and end and end <= start:
        raise ValidationException(message="The EndDate must come after the StartDate.")
    _check_target(given["target"])


def _check_target(target: dict[str, Any]) -> None:
    arn = str(target.get("Arn"))
    if _UNIVERSAL in arn:
        raise ValidationException(
            message=f"The laptop cloud has no universal targets ({arn}): let the schedule start a "
            "state machine that makes the call."
        )
    kind = senders.kind_of(arn)
    if kind is None or kind == "logs":
        raise ValidationException(
            message="The laptop cloud's schedules tell state machines, SQS, SNS and event buses, "
            f"not {arn}."
        )
    if not target.get("RoleArn"):
        raise ValidationException(message="RoleArn is required for the target.")
    if kind == "events" and not target.get("EventBridgeParameters"):
        raise ValidationException(message="EventBridgeParameters are required for an event bus.")
