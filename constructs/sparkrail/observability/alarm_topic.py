"""The topic that is told of failures."""

from __future__ import annotations

from aws_cdk import aws_sns as sns
from constructs import Construct

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
        topic = sns.CfnTopic(
            self, "Resource", topic_name=names.alarm_topic, kms_master_key_id=key_arn
        )
        sns.CfnTopicPolicy(
            self,
            "Policy",
            topics=[topic.ref],
            policy_document=topic_policy(names.alarm_topic_arn, names),
        )
        for address in names.environment.notify.email:
            sns.CfnSubscription(
                self, address, topic_arn=topic.ref, protocol="email", endpoint=address
            )
