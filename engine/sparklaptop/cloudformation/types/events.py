"""Event buses, their policies and rules."""

from __future__ import annotations

import json
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
from sparklaptop.untyped import AwsClient


@known
class EventBus(ResourceType):
    """AWS::Events::EventBus."""

    type = "AWS::Events::EventBus"
    properties = words("Description KmsKeyIdentifier Name Policy Tags")
    replaces = words("Name")
    name_property = "Name"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        name = properties["Name"]
        made = context.clients.get("events", context.region).create_event_bus(
            Name=name, Tags=tags_of(properties), **_bus_settings(properties)
        )
        return Physical(id=name, attributes={"Arn": made["EventBusArn"], "Name": name})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Set its policy."""
        self._set_policy(context, live.id, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change description, key and policy."""
        client = context.clients.get("events", context.region)
        if _bus_settings(old) != _bus_settings(new):
            client.update_event_bus(Name=live.id, **_bus_settings(new))
        self._set_policy(context, live.id, new)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        context.clients.get("events", context.region).delete_event_bus(Name=live.id)

    @staticmethod
    def _set_policy(context: Context, name: str, properties: Properties) -> None:
        if policy := properties.get("Policy"):
            client = context.clients.get("events", context.region)
            client.put_permission(EventBusName=name, Policy=json.dumps(policy))


def _bus_settings(properties: Properties) -> dict[str, Any]:
    return {
        name: properties[name] for name in ("Description", "KmsKeyIdentifier") if name in properties
    }


@known
class EventBusPolicy(ResourceType):
    """AWS::Events::EventBusPolicy."""

    type = "AWS::Events::EventBusPolicy"
    properties = words("EventBusName Statement StatementId")
    replaces = words("EventBusName StatementId")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Put the statement into the bus's policy."""
        return self.update(context, Physical(id=properties["StatementId"]), {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Put the statement into the bus's policy."""
        statements = self._others(context, live, new)
        statements.append({"Sid": new["StatementId"], **new["Statement"]})
        self._put(context, new, statements)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Take the statement out again."""
        self._put(context, properties, self._others(context, live, properties))

    @staticmethod
    def _others(context: Context, live: Physical, properties: Properties) -> list[dict[str, Any]]:
        client = context.clients.get("events", context.region)
        bus = client.describe_event_bus(Name=properties.get("EventBusName", "default"))
        statements = json.loads(bus.get("Policy") or '{"Statement": []}')["Statement"]
        return [one for one in statements if one.get("Sid") != live.id]

    @staticmethod
    def _put(context: Context, properties: Properties, statements: list[dict[str, Any]]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        client = context.clients.get("events", context.region)
        client.put_permission(
            EventBusName=properties.get("EventBusName", "default"), Policy=document
        )


@known
class Rule(ResourceType):
    """AWS::Events::Rule."""

    type = "AWS::Events::Rule"
    properties = words(
        "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags Targets"
    )
    replaces = words("EventBusName Name")
    name_property = "Name"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        name = properties.get("Name") or context.generated_name(64)
        client = context.clients.get("events", context.region)
        made = client.put_rule(Name=name, Tags=tags_of(properties), **_rule(properties))
        return Physical(id=name, attributes={"Arn": made["RuleArn"]})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Give it its targets."""
        client = context.clients.get("events", context.region)
        _set_targets(client, live.id, {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change pattern, state and targets of the same rule."""
        client = context.clients.get("events", context.region)
        client.put_rule(Name=live.id, **_rule(new))
        _set_targets(client, live.id, old, new)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Remove its targets, then delete it."""
        client = context.clients.get("events", context.region)
        _set_targets(client, live.id, properties, {**properties, "Targets": []})
        client.delete_rule(Name=live.id, **_bus(properties))


def _bus(properties: Properties) -> dict[str, str]:
    return {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}


def _rule(properties: Properties) -> dict[str, Any]:
    names = ("Description", "RoleArn", "ScheduleExpression", "State")
    wanted = {name: properties[name] for name in names if name in properties}
    if "EventPattern" in properties:
        wanted["EventPattern"] = json.dumps(properties["EventPattern"])
    return {**wanted, **_bus(properties)}


def _set_targets(client: AwsClient, rule: str, old: Properties, new: Properties) -> None:
    targets = new.get("Targets", [])
    gone = {target["Id"] for target in old.get("Targets", [])} - {one["Id"] for one in targets}
    if gone:
        client.remove_targets(Rule=rule, Ids=sorted(gone), **_bus(new))
    if targets:
        client.put_targets(Rule=rule, Targets=targets, **_bus(new))
