"""Tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparklaptop.cloudformation.problems import UnsupportedPropertyError
from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    only,
    removed_tags,
    tags_of,
    words,
)
from sparklaptop.untyped import AwsClient, Json

_CREATED = words(
    "AttributeDefinitions BillingMode DeletionProtectionEnabled KeySchema LocalSecondaryIndexes "
    "ProvisionedThroughput StreamSpecification TableClass"
)
_CHANGED = words(
    "BillingMode DeletionProtectionEnabled ProvisionedThroughput StreamSpecification TableClass"
)


@known
class Table(ResourceType):
    """AWS::DynamoDB::Table. A change keeps the items unless the key itself changes."""

    type = "AWS::DynamoDB::Table"
    properties = _CREATED | words(
        "GlobalSecondaryIndexes PointInTimeRecoverySpecification SSESpecification TableName Tags "
        "TimeToLiveSpecification"
    )
    replaces = words("KeySchema LocalSecondaryIndexes TableName")
    name_property = "TableName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("dynamodb", context.region)
        name = properties.get("TableName") or context.generated_name(255)
        wanted = {key: _for_api(properties[key]) for key in _CREATED if key in properties}
        if indexes := properties.get("GlobalSecondaryIndexes"):
            wanted["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
        if encryption := _encryption(properties):
            wanted["SSESpecification"] = encryption
        made = client.create_table(TableName=name, **wanted, Tags=tags_of(properties))
        return _physical(made["TableDescription"])

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Set expiry and point-in-time recovery."""
        client = context.clients.get("dynamodb", context.region)
        _set_expiry(client, live.id, {}, properties)
        _set_recovery(client, live.id, {}, properties)

    def uncreate(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it, protected or not: nobody has used it yet."""
        client = context.clients.get("dynamodb", context.region)
        if properties.get("DeletionProtectionEnabled"):
            client.update_table(TableName=live.id, DeletionProtectionEnabled=False)
        self.delete(context, live, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change settings and indexes of the same table."""
        client = context.clients.get("dynamodb", context.region)
        changed = {key: new[key] for key in _CHANGED if key in new and old.get(key) != new[key]}
        if _encryption(old) != _encryption(new):
            changed["SSESpecification"] = _encryption(new) or {"Enabled": False}
        if "StreamSpecification" in old and "StreamSpecification" not in new:
            changed["StreamSpecification"] = {"StreamEnabled": False}
        if changed:
            changes = {key: _for_api(value) for key, value in changed.items()}
            client.update_table(TableName=live.id, **changes)
        # One at a time, as DynamoDB takes them.
        for change in _index_changes(old, new):
            definitions = new["AttributeDefinitions"]
            client.update_table(
                TableName=live.id,
                AttributeDefinitions=definitions,
                GlobalSecondaryIndexUpdates=[change],
            )
        _set_expiry(client, live.id, old, new)
        _set_recovery(client, live.id, old, new)
        _set_tags(client, live.attributes["Arn"], old, new)
        return _physical(client.describe_table(TableName=live.id)["Table"])

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it with its items, unless it is protected."""
        context.clients.get("dynamodb", context.region).delete_table(TableName=live.id)


def _physical(table: Mapping[str, Any]) -> Physical:
    attributes = {"Arn": table["TableArn"]}
    if stream := table.get("LatestStreamArn"):
        attributes["StreamArn"] = stream
    return Physical(id=table["TableName"], attributes=attributes)


def _for_api(value: Json) -> Json:
    if isinstance(value, Mapping) and set(value) == {"StreamViewType"}:
        return {"StreamEnabled": True, **value}
    return value


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    where = "GlobalSecondaryIndexes"
    return dict(only(index, where, "IndexName KeySchema Projection ProvisionedThroughput"))


def _index_changes(old: Properties, new: Properties) -> list[dict[str, Any]]:
    before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes", [])}
    after = {index["IndexName"]: index for index in new.get("GlobalSecondaryIndexes", [])}
    gone = [name for name in before if name not in after or after[name] != before[name]]
    come = [name for name in after if name not in before or after[name] != before[name]]
    return [{"Delete": {"IndexName": name}} for name in gone] + [
        {"Create": _index(after[name])} for name in come
    ]


def _encryption(properties: Properties) -> dict[str, Any]:
    wanted = properties.get("SSESpecification")
    if not wanted:
        return {}
    only(wanted, "SSESpecification", "KMSMasterKeyId SSEEnabled SSEType")
    made = {key: value for key, value in wanted.items() if key != "SSEEnabled"}
    return {"Enabled": wanted["SSEEnabled"], **made}


def _set_expiry(client: AwsClient, table: str, old: Properties, new: Properties) -> None:
    before, after = old.get("TimeToLiveSpecification"), new.get("TimeToLiveSpecification")
    if before == after:
        return
    wanted = after or {**(before or {}), "Enabled": False}
    client.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)


def _set_recovery(client: AwsClient, table: str, old: Properties, new: Properties) -> None:
    name = "PointInTimeRecoverySpecification"
    if old.get(name) == new.get(name):
        return
    wanted = new.get(name) or {"PointInTimeRecoveryEnabled": False}
    if "PointInTimeRecoveryEnabled" not in wanted:
        raise UnsupportedPropertyError(name, "it does not say PointInTimeRecoveryEnabled")
    client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=wanted)


def _set_tags(client: AwsClient, arn: str, old: Properties, new: Properties) -> None:
    if gone := removed_tags(old, new):
        client.untag_resource(ResourceArn=arn, TagKeys=gone)
    if tags_of(new) and tags_of(old) != tags_of(new):
        client.tag_resource(ResourceArn=arn, Tags=tags_of(new))
