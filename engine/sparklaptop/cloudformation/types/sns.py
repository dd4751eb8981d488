"""Topics, their policies and subscriptions."""

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

_TOPIC_ATTRIBUTES = words("DisplayName KmsMasterKeyId SignatureVersion TracingConfig")
_SUBSCRIPTION_ATTRIBUTES = words(
    "DeliveryPolicy FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy"
)


@known
class Topic(ResourceType):
    """AWS::SNS::Topic."""

    type = "AWS::SNS::Topic"
    properties = _TOPIC_ATTRIBUTES | words("Tags TopicName")
    replaces = words("TopicName")
    name_property = "TopicName"

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it."""
        client = context.clients.get("sns", context.region)
        name = properties.get("TopicName") or context.generated_name(256)
        arn = client.create_topic(Name=name, Tags=tags_of(properties))["TopicArn"]
        return Physical(id=arn, attributes={"TopicArn": arn, "TopicName": name})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Set its attributes."""
        self.update(context, live, {"Tags": properties.get("Tags", [])}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change its attributes and tags; ARN and subscriptions stay."""
        client = context.clients.get("sns", context.region)
        for name in sorted(_TOPIC_ATTRIBUTES):
            if old.get(name) != new.get(name):
                client.set_topic_attributes(
                    TopicArn=live.id,
                    AttributeName=name,
                    AttributeValue=json_text(new.get(name, "")),
                )
        if gone := removed_tags(old, new):
            client.untag_resource(ResourceArn=live.id, TagKeys=gone)
        if tags_of(old) != tags_of(new) and tags_of(new):
            client.tag_resource(ResourceArn=live.id, Tags=tags_of(new))
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        context.clients.get("sns", context.region).delete_topic(TopicArn=live.id)


@known
class TopicPolicy(ResourceType):
    """AWS::SNS::TopicPolicy."""

    type = "AWS::SNS::TopicPolicy"
    properties = words("PolicyDocument Topics")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Set the policy of each topic."""
        name = context.generated_name()
        return self.update(context, Physical(id=name, attributes={"Id": name}), {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Set the policy of each topic."""
        client = context.clients.get("sns", context.region)
        for topic in new["Topics"]:
            client.set_topic_attributes(
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=json_text(new["PolicyDocument"]),
            )
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Leave the topics with a policy that allows nothing to strangers."""
        client = context.clients.get("sns", context.region)
        empty = json_text({"Version": "2012-10-17", "Statement": []})
        for topic in properties["Topics"]:
            client.set_topic_attributes(
                TopicArn=topic, AttributeName="Policy", AttributeValue=empty
            )


@known
class Subscription(ResourceType):
    """AWS::SNS::Subscription."""

    type = "AWS::SNS::Subscription"
    properties = _SUBSCRIPTION_ATTRIBUTES | words("Endpoint Protocol TopicArn")
    replaces = words("Endpoint Protocol TopicArn")

    def create(self, context: Context, properties: Properties) -> Physical:
        """Subscribe."""
        arn = context.clients.get("sns", context.region).subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties.get("Endpoint", ""),
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        return Physical(id=arn, attributes={"Arn": arn})

    def complete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Set its attributes."""
        self.update(context, live, {}, properties)

    def update(
        self, context: Context, live: Physical, old: Properties, new: Properties
    ) -> Physical:
        """Change its attributes."""
        client = context.clients.get("sns", context.region)
        for name in sorted(_SUBSCRIPTION_ATTRIBUTES):
            if old.get(name) != new.get(name):
                client.set_subscription_attributes(
                    SubscriptionArn=live.id,
                    AttributeName=name,
                    AttributeValue=json_text(new.get(name, "")),
                )
        return live

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Unsubscribe."""
        context.clients.get("sns", context.region).unsubscribe(SubscriptionArn=live.id)
