"""Keys and their aliases."""

from __future__ import annotations

import json

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    removed_tags,
    tags_of,
    words,
)

_SHORTEST_WAIT_DAYS = 7


@known
class Key(ResourceType):
    """AWS::KMS::Key."""

    type = "AWS::KMS::Key"
    properties = words(
        "Description Enabled EnableKeyRotation KeyPolicy KeySpec KeyUsage MultiRegion "
        "PendingWindowInDays RotationPeriodInDays Tags"
    )
    replaces = words("KeySpec KeyUsage MultiRegion")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("kms", context.region)
        made = client.create_key(
            Description=properties.get("Description", ""),
            KeySpec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
            KeyUsage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
            MultiRegion=properties.get("MultiRegion", False),
            Policy=json.dumps(properties["KeyPolicy"]),
        )["KeyMetadata"]
        return Physical(id=made["KeyId"], attributes={"Arn": made["Arn"], "KeyId": made["KeyId"]})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Set rotation, state and tags."""
        made = {name: properties.get(name) for name in ("Description", "KeyPolicy")}
        self.update(context, live, made, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change policy, description, rotation, state and tags of the same key."""
        client = context.clients.get("kms", context.region)
        key = {"KeyId": live.id}
        if old.get("KeyPolicy") != new.get("KeyPolicy"):
            policy = json.dumps(new["KeyPolicy"])
            client.put_key_policy(**key, PolicyName="default", Policy=policy)
        if old.get("Description") != new.get("Description"):
            client.update_key_description(**key, Description=new.get("Description", ""))
        if new.get("EnableKeyRotation"):
            period = new.get("RotationPeriodInDays")
            days = {"RotationPeriodInDays": int(period)} if period else {}
            client.enable_key_rotation(**key, **days)
        elif old.get("EnableKeyRotation"):
            client.disable_key_rotation(**key)
        if old.get("Enabled", True) != new.get("Enabled", True):
            (client.enable_key if new.get("Enabled", True) else client.disable_key)(**key)
        if gone := removed_tags(old, new):
            client.untag_resource(**key, TagKeys=gone)
        if tags := tags_of(new):
            pairs = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags]
            client.tag_resource(**key, Tags=pairs)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Schedule its deletion after the waiting period."""
        days = int(properties.get("PendingWindowInDays", _SHORTEST_WAIT_DAYS))
        client = context.clients.get("kms", context.region)
        client.schedule_key_deletion(KeyId=live.id, PendingWindowInDays=days)


@known
class Alias(ResourceType):
    """AWS::KMS::Alias."""

    type = "AWS::KMS::Alias"
    properties = words("AliasName TargetKeyId")
    replaces = words("AliasName")
    name_property = "AliasName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("kms", context.region)
        name, key = properties["AliasName"], properties["TargetKeyId"]
        client.create_alias(AliasName=name, TargetKeyId=key.rsplit("/", 1)[-1])
        return Physical(id=name)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Point it at another key."""
        client = context.clients.get("kms", context.region)
        key = new["TargetKeyId"].rsplit("/", 1)[-1]
        client.update_alias(AliasName=live.id, TargetKeyId=key)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it; the key stays."""
        context.clients.get("kms", context.region).delete_alias(AliasName=live.id)
