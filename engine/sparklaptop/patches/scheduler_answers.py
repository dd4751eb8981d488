"""EventBridge Scheduler answers as its model says and refuses what AWS refuses.

moto answers null for what is not there, shows whole schedules in lists, takes any expression, time
zone and state, replaces a group of the same name, and fails at groups that do not exist.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.scheduler import models
from moto.scheduler.exceptions import ScheduleExists, ValidationException
from moto.scheduler.responses import EventBridgeSchedulerResponse

from sparklaptop.untyped import MotoObject
from sparkmodel.cron import CronError, find_zone, next_fire

_CONFLICT = 409
_STATES = ("ENABLED", "DISABLED")
_SUMMARY = (
    "Arn",
    "CreationDate",
    "GroupName",
    "LastModificationDate",
    "Name",
    "State",
    "Target",
)


def apply() -> None:
    """Mend answers, refusals and groups."""
    ScheduleExists.code = _CONFLICT
    _answers()
    _groups()
    _refusals()


def _answers() -> None:
    whole, group = models.Schedule.to_dict, models.ScheduleGroup.to_dict

    def schedule(self: MotoObject, short: bool = False) -> dict[str, Any]:
        found = _given(whole(self, short))
        return {name: found[name] for name in _SUMMARY if name in found} if short else found

    models.Schedule.to_dict = schedule
    models.ScheduleGroup.to_dict = lambda self: _given(group(self))
    for name in ("list_schedules", "list_schedule_groups"):
        _without_nulls(name)


def _without_nulls(name: str) -> None:
    before: Callable[[MotoObject], str] = getattr(EventBridgeSchedulerResponse, name)

    def answer(self: MotoObject) -> str:
        return json.dumps(_given(json.loads(before(self))))

    setattr(EventBridgeSchedulerResponse, name, answer)


def _given(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not None}


def _groups() -> None:
    backend = models.EventBridgeSchedulerBackend
    create, delete = backend.create_schedule_group, backend.delete_schedule_group

    def create_group(self: MotoObject, name: str, tags: MotoObject) -> MotoObject:
        if name in self.schedule_groups:
            taken = ScheduleExists(name)
            taken.message = f"Schedule group {name} already exists."
            raise taken
        return create(self, name, tags)

    def delete_group(self: MotoObject, name: str | None) -> None:
        self.get_schedule_group(name)
        delete(self, name)

    backend.create_schedule_group = create_group
    backend.delete_schedule_group = delete_group


def _refusals() -> None:
    backend = models.EventBridgeSchedulerBackend
    create, update = backend.create_schedule, backend.update_schedule

    def create_schedule(self: MotoObject, **given: MotoObject) -> MotoObject:
        self.get_schedule_group(given["group_name"])
        return create(self, **_checked(given))

    def update_schedule(self: MotoObject, **given: MotoObject) -> MotoObject:
        return update(self, **_checked(given))

    backend.create_schedule = create_schedule
    backend.update_schedule = update_schedule


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    state = given["state"] or "ENABLED"
    if state not in _STATES:
        raise ValidationException(
            f"Value '{state}' at 'state' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(_STATES)}]"
        )
    expression = str(given["schedule_expression"])
    zone = given["schedule_expression_timezone"] or "UTC"
    try:
        find_zone(zone)
        next_fire(expression, datetime.now(UTC), zone)
    except CronError as error:
        raise ValidationException(f"Invalid Schedule Expression {expression}: {error}") from error
    return {**given, "state": state}
