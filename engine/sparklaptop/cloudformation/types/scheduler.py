"""Schedules and their groups."""

from __future__ import annotations

from typing import Any

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    tags_of,
    words,
)

_SETTINGS = words(
    "Description EndDate FlexibleTimeWindow KmsKeyArn ScheduleExpression "
    "ScheduleExpressionTimezone StartDate State Target"
)


@known
class ScheduleGroup(ResourceType):
    """AWS::Scheduler::ScheduleGroup."""

    type = "AWS::Scheduler::ScheduleGroup"
    properties = words("Name Tags")
    replaces = words("Name")
    name_property = "Name"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        name = properties.get("Name") or context.generated_name(64)
        client = context.clients.get("scheduler", context.region)
        arn = client.create_schedule_group(Name=name, Tags=tags_of(properties))["ScheduleGroupArn"]
        return Physical(id=name, attributes={"Arn": arn, "State": "ACTIVE"})

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change its tags."""
        client = context.clients.get("scheduler", context.region)
        client.tag_resource(ResourceArn=live.attributes["Arn"], Tags=tags_of(new))
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        context.clients.get("scheduler", context.region).delete_schedule_group(Name=live.id)


@known
class Schedule(ResourceType):
    """AWS::Scheduler::Schedule."""

    type = "AWS::Scheduler::Schedule"
    properties = _SETTINGS | words("GroupName Name")
    replaces = words("GroupName Name")
    name_property = "Name"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        name = properties.get("Name") or context.generated_name(64)
        client = context.clients.get("scheduler", context.region)
        made = client.create_schedule(Name=name, **_group(properties), **_settings(properties))
        return Physical(id=name, attributes={"Arn": made["ScheduleArn"]})

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Set all of it anew: what is not named goes back to its default, as on AWS."""
        client = context.clients.get("scheduler", context.region)
        client.update_schedule(Name=live.id, **_group(new), **_settings(new))
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        client = context.clients.get("scheduler", context.region)
        client.delete_schedule(Name=live.id, **_group(properties))


def _group(properties: Properties) -> dict[str, str]:
    return {"GroupName": properties["GroupName"]} if "GroupName" in properties else {}


def _settings(properties: Properties) -> dict[str, Any]:
    settings = {name: properties[name] for name in _SETTINGS if name in properties}
    policy = settings["Target"].get("RetryPolicy")
    if policy:
        numbers = {name: int(value) for name, value in policy.items()}
        settings["Target"] = {**settings["Target"], "RetryPolicy": numbers}
    return {"State": "ENABLED", **settings}
