"""The topic that is told of failures."""

from __future__ import annotations

import hashlib

from constructs import Construct

from sparkrail.fragment import include, resource
from sparkrail.identity.resource_policies import topic_policy
from sparkrail.names import Names


class AlarmTopic(Construct):
    """A topic for failed runs and alarms, and the people who read it.

    Args:
        key_arn: Encrypts it.
        names: Of the environment; its configuration lists addresses, each of which must confirm.
    """

    def __init__(self, scope: Construct, id_: str, *, key_arn: str, names: Names) -> None:
        super().__init__(scope, id_)
        topic = {"TopicName": names.alarm_topic, "KmsMasterKeyId": key_arn}
        policy = {
            "Topics": [{"Ref": id_}],
            "PolicyDocument": topic_policy(names.alarm_topic_arn, names),
        }
        subscriptions = {
            f"{id_}To{_digest(address)}": resource(
                "AWS::SNS::Subscription",
                {"TopicArn": {"Ref": id_}, "Protocol": "email", "Endpoint": address},
            )
            for address in names.environment.notify.email
        }
        include(
            self,
            {
                id_: resource("AWS::SNS::Topic", topic),
                f"{id_}Policy": resource("AWS::SNS::TopicPolicy", policy),
                **subscriptions,
            },
        )


def _digest(address: str) -> str:
    """Shorten an address to letters and digits, so that adding one leaves the others alone."""
    return hashlib.sha256(address.encode()).hexdigest()[:8]
