"""Queues and their policies."""

from __future__ import annotations

from sparklaptop.cloudformation.resource import (
    Context,
    Physical,
    Properties,
    ResourceType,
    json_text,
    known,
    removed_tags,
    tags_of,
    words,
)

_ATTRIBUTES = words(
    "DelaySeconds KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize "
    "MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy "
    "SqsManagedSseEnabled VisibilityTimeout"
)


def _attributes(properties: Properties) -> dict[str, str]:
    return {name: json_text(properties[name]) for name in sorted(_ATTRIBUTES) if name in properties}


@known
class Queue(ResourceType):
    """AWS::SQS::Queue."""

    type = "AWS::SQS::Queue"
    properties = _ATTRIBUTES | words("QueueName Tags")
    replaces = words("QueueName")
    name_property = "QueueName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("sqs", context.region)
        name = properties.get("QueueName") or context.generated_name(80)
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(properties)}
        made = client.create_queue(QueueName=name, Attributes=_attributes(properties), tags=tags)
        url = made["QueueUrl"]
        arn = context.arn("sqs", name)
        return Physical(id=url, attributes={"Arn": arn, "QueueName": name, "QueueUrl": url})

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change its attributes and tags; the messages stay."""
        client = context.clients.get("sqs", context.region)
        before, after = _attributes(old), _attributes(new)
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        # The policies are unset by an empty text; numbers keep their last value, as on AWS.
        cleared = {name: "" for name in before if name not in after and name.endswith("Policy")}
        if changed or cleared:
            client.set_queue_attributes(QueueUrl=live.id, Attributes={**changed, **cleared})
        if gone := removed_tags(old, new):
            client.untag_queue(QueueUrl=live.id, TagKeys=gone)
        if tags := {tag["Key"]: tag["Value"] for tag in tags_of(new)}:
            client.tag_queue(QueueUrl=live.id, Tags=tags)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        context.clients.get("sqs", context.region).delete_queue(QueueUrl=live.id)


@known
class QueuePolicy(ResourceType):
    """AWS::SQS::QueuePolicy."""

    type = "AWS::SQS::QueuePolicy"
    properties = words("PolicyDocument Queues")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Set the policy of each queue."""
        name = context.generated_name()
        return self.update(context, Physical(id=name, attributes={"Id": name}), {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Set the policy of each queue."""
        client = context.clients.get("sqs", context.region)
        for queue in new["Queues"]:
            policy = {"Policy": json_text(new["PolicyDocument"])}
            client.set_queue_attributes(QueueUrl=queue, Attributes=policy)
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Take the policy away."""
        client = context.clients.get("sqs", context.region)
        for queue in properties["Queues"]:
            client.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
