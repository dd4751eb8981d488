"""Buckets and their policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sparklaptop.cloudformation.problems import UnsupportedPropertyError
from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    known,
    only,
    tags_of,
    words,
)
from sparklaptop.untyped import AwsClient, Json

_DEFAULT_REGION = "us-east-1"


@known
class Bucket(ResourceType):
    """AWS::S3::Bucket. A bucket with objects is never deleted, as on AWS."""

    type = "AWS::S3::Bucket"
    properties = words(
        "BucketName BucketEncryption LifecycleConfiguration LoggingConfiguration "
        "NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls "
        "PublicAccessBlockConfiguration Tags VersioningConfiguration"
    )
    replaces = words("BucketName ObjectLockEnabled")
    name_property = "BucketName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        name = properties.get("BucketName") or context.generated_name(63).lower()
        place: dict[str, Any] = {}
        if context.region != _DEFAULT_REGION:
            place = {"CreateBucketConfiguration": {"LocationConstraint": context.region}}
        if properties.get("ObjectLockEnabled"):
            place["ObjectLockEnabledForBucket"] = True
        context.clients.get("s3", context.region).create_bucket(Bucket=name, **place)
        return Physical(id=name, attributes=_bucket_attributes(name, context.region))

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Set each part."""
        self.update(context, live, {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Set each part that differs; the objects stay."""
        client = context.clients.get("s3", context.region)
        for name, setter in _PARTS.items():
            if old.get(name) != new.get(name):
                setter(client, live.id, new.get(name))
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete an empty bucket."""
        context.clients.get("s3", context.region).delete_bucket(Bucket=live.id)


@known
class BucketPolicy(ResourceType):
    """AWS::S3::BucketPolicy."""

    type = "AWS::S3::BucketPolicy"
    properties = words("Bucket PolicyDocument")
    replaces = words("Bucket")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Set the policy."""
        return self.update(context, Physical(id=properties["Bucket"]), {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Set the policy."""
        client = context.clients.get("s3", context.region)
        client.put_bucket_policy(Bucket=new["Bucket"], Policy=json.dumps(new["PolicyDocument"]))
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Take the policy away."""
        context.clients.get("s3", context.region).delete_bucket_policy(Bucket=live.id)


def _bucket_attributes(name: str, region: str) -> dict[str, str]:
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }


def _encryption(client: AwsClient, bucket: str, value: Json) -> None:
    if value is None:
        client.delete_bucket_encryption(Bucket=bucket)
        return
    where = "BucketEncryption"
    rules = []
    for rule in only(value, where, "ServerSideEncryptionConfiguration")[
        "ServerSideEncryptionConfiguration"
    ]:
        only(rule, where, "BucketKeyEnabled ServerSideEncryptionByDefault")
        default = rule["ServerSideEncryptionByDefault"]
        only(default, where, "KMSMasterKeyID SSEAlgorithm")
        rules.append({"ApplyServerSideEncryptionByDefault": dict(default)})
        if "BucketKeyEnabled" in rule:
            rules[-1]["BucketKeyEnabled"] = rule["BucketKeyEnabled"]
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _versioning(client: AwsClient, bucket: str, value: Json) -> None:
    status = value["Status"] if value else "Suspended"
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def _public_access(client: AwsClient, bucket: str, value: Json) -> None:
    if value is None:
        client.delete_public_access_block(Bucket=bucket)
    else:
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=value)


def _ownership(client: AwsClient, bucket: str, value: Json) -> None:
    if value is None:
        client.delete_bucket_ownership_controls(Bucket=bucket)
    else:
        client.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=value)


def _object_lock(client: AwsClient, bucket: str, value: Json) -> None:
    wanted = dict(value or {"ObjectLockEnabled": "Enabled"})
    if rule := wanted.get("Rule"):
        kept = only(rule, "ObjectLockConfiguration.Rule", "DefaultRetention")["DefaultRetention"]
        numbers = {key: kept[key] if key == "Mode" else int(kept[key]) for key in kept}
        wanted["Rule"] = {"DefaultRetention": numbers}
    client.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=wanted)


def _logging(client: AwsClient, bucket: str, value: Json) -> None:
    status: dict[str, Any] = {}
    if value is not None:
        only(value, "LoggingConfiguration", "DestinationBucketName LogFilePrefix")
        target = value.get("DestinationBucketName", bucket)
        status = {
            "LoggingEnabled": {
                "TargetBucket": target,
                "TargetPrefix": value.get("LogFilePrefix", ""),
            }
        }
    client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


def _notification(client: AwsClient, bucket: str, value: Json) -> None:
    value = value or {}
    where = "NotificationConfiguration"
    only(value, where, "EventBridgeConfiguration QueueConfigurations TopicConfigurations")
    wanted: dict[str, Any] = {}
    bridge = value.get("EventBridgeConfiguration")
    if bridge is not None and bridge.get("EventBridgeEnabled", True):
        wanted["EventBridgeConfiguration"] = {}
    for kind, target in (("QueueConfigurations", "Queue"), ("TopicConfigurations", "Topic")):
        if entries := value.get(kind):
            wanted[kind] = [_notified(entry, f"{where}.{kind}", target) for entry in entries]
    client.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)


def _notified(entry: Mapping[str, Any], where: str, target: str) -> dict[str, Any]:
    only(entry, where, f"Event Filter {target}")
    made: dict[str, Any] = {f"{target}Arn": entry[target], "Events": [entry["Event"]]}
    if "Filter" in entry:
        made["Filter"] = {"Key": {"FilterRules": entry["Filter"]["S3Key"]["Rules"]}}
    return made


def _lifecycle(client: AwsClient, bucket: str, value: Json) -> None:
    if value is None:
        client.delete_bucket_lifecycle(Bucket=bucket)
        return
    rules = [_rule(rule) for rule in only(value, "LifecycleConfiguration", "Rules")["Rules"]]
    client.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": rules}
    )


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    where = "LifecycleConfiguration.Rules"
    only(
        rule,
        where,
        "AbortIncompleteMultipartUpload ExpirationInDays ExpiredObjectDeleteMarker Id "
        "NoncurrentVersionExpiration NoncurrentVersionTransitions Prefix Status Transitions",
    )
    made: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    for same in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if same in rule:
            made[same] = rule[same]
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "ExpiredObjectDeleteMarker" in rule:
        marker = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
        made.setdefault("Expiration", {}).update(marker)
    for kind, days in (("Transitions", "Days"), ("NoncurrentVersionTransitions", "NoncurrentDays")):
        if kind in rule:
            made[kind] = [_transition(one, f"{where}.{kind}", days) for one in rule[kind]]
    return made


def _transition(one: Mapping[str, Any], where: str, days: str) -> dict[str, Any]:
    only(one, where, "StorageClass TransitionInDays")
    if "TransitionInDays" not in one:
        raise UnsupportedPropertyError(where, "a transition without TransitionInDays")
    return {days: int(one["TransitionInDays"]), "StorageClass": one["StorageClass"]}


def _tags(client: AwsClient, bucket: str, value: Json) -> None:
    if value:
        tags = tags_of({"Tags": value})
        client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    else:
        client.delete_bucket_tagging(Bucket=bucket)


_PARTS: dict[str, Callable[[Any, str, Any], None]] = {
    "OwnershipControls": _ownership,
    "PublicAccessBlockConfiguration": _public_access,
    "BucketEncryption": _encryption,
    "VersioningConfiguration": _versioning,
    "ObjectLockConfiguration": _object_lock,
    "LifecycleConfiguration": _lifecycle,
    "LoggingConfiguration": _logging,
    "NotificationConfiguration": _notification,
    "Tags": _tags,
}
