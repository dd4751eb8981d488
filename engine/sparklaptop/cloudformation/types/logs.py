"""Log groups and the resource policies of CloudWatch Logs."""

from __future__ import annotations

from typing import Any

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    json_text,
    known,
    only,
    removed_tags,
    tags_of,
    words,
)
from sparklaptop.metrics import patterns


@known
class LogGroup(ResourceType):
    """AWS::Logs::LogGroup."""

    type = "AWS::Logs::LogGroup"
    properties = words("KmsKeyId LogGroupClass LogGroupName RetentionInDays Tags")
    replaces = words("LogGroupClass LogGroupName")
    name_property = "LogGroupName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("logs", context.region)
        name = properties.get("LogGroupName") or context.generated_name(512)
        optional = {
            api: properties[own]
            for own, api in (("KmsKeyId", "kmsKeyId"), ("LogGroupClass", "logGroupClass"))
            if own in properties
        }
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(properties)}
        client.create_log_group(logGroupName=name, **optional, **({"tags": tags} if tags else {}))
        return Physical(id=name, attributes={"Arn": context.arn("logs", f"log-group:{name}:*")})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Set its retention."""
        made = {key: properties[key] for key in ("KmsKeyId", "Tags") if key in properties}
        self.update(context, live, made, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change retention, key and tags; the logs stay."""
        client = context.clients.get("logs", context.region)
        group = {"logGroupName": live.id}
        if old.get("RetentionInDays") != new.get("RetentionInDays"):
            if days := new.get("RetentionInDays"):
                client.put_retention_policy(**group, retentionInDays=int(days))
            else:
                client.delete_retention_policy(**group)
        if old.get("KmsKeyId") != new.get("KmsKeyId"):
            if key := new.get("KmsKeyId"):
                client.associate_kms_key(**group, kmsKeyId=key)
            else:
                client.disassociate_kms_key(**group)
        arn = live.attributes["Arn"].removesuffix(":*")
        if gone := removed_tags(old, new):
            client.untag_resource(resourceArn=arn, tagKeys=gone)
        if tags_of(old) != tags_of(new) and tags_of(new):
            tags = {tag["Key"]: tag["Value"] for tag in tags_of(new)}
            client.tag_resource(resourceArn=arn, tags=tags)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it with its logs."""
        context.clients.get("logs", context.region).delete_log_group(logGroupName=live.id)


@known
class MetricFilter(ResourceType):
    """AWS::Logs::MetricFilter."""

    type = "AWS::Logs::MetricFilter"
    properties = words("FilterName FilterPattern LogGroupName MetricTransformations")
    replaces = words("FilterName LogGroupName")
    name_property = "FilterName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it; from the next line on it counts."""
        name = properties.get("FilterName") or context.generated_name(512)
        return self.update(context, Physical(id=name), properties, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Put it in the place of what it was."""
        patterns.parse(new["FilterPattern"])
        self.delete(context, live, old)
        context.clients.get("logs", context.region).put_metric_filter(
            filterName=live.id,
            filterPattern=new["FilterPattern"],
            logGroupName=new["LogGroupName"],
            metricTransformations=[_metric(one) for one in new["MetricTransformations"]],
        )
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it; its metrics stay."""
        context.clients.get("logs", context.region).delete_metric_filter(
            filterName=live.id, logGroupName=properties["LogGroupName"]
        )


def _metric(written: Properties) -> dict[str, Any]:
    allowed = "Dimensions MetricName MetricNamespace MetricValue Unit"
    given = only(written, "MetricTransformations", allowed)
    dimensions = {one["Key"]: one["Value"] for one in given.get("Dimensions", [])}
    return {
        "metricName": given["MetricName"],
        "metricNamespace": given["MetricNamespace"],
        "metricValue": str(given["MetricValue"]),
        **({"dimensions": dimensions} if dimensions else {}),
        **({"unit": given["Unit"]} if "Unit" in given else {}),
    }


@known
class LogsResourcePolicy(ResourceType):
    """AWS::Logs::ResourcePolicy."""

    type = "AWS::Logs::ResourcePolicy"
    properties = words("PolicyDocument PolicyName")
    replaces = words("PolicyName")
    name_property = "PolicyName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        return self.update(context, Physical(id=properties["PolicyName"]), {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Set its document."""
        client = context.clients.get("logs", context.region)
        client.put_resource_policy(
            policyName=live.id, policyDocument=json_text(new["PolicyDocument"])
        )
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        client = context.clients.get("logs", context.region)
        client.delete_resource_policy(policyName=live.id)
