"""Triggers that could not start their machine."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from sparkrail.identity.resource_policies import only_tls
from sparkrail.names import Names

_KEEP_SECONDS = 14 * 86_400
_PERIOD_SECONDS = 300


class DeadLetters(Construct):
    """A queue with an alarm: whatever is in it is a run that did not happen.

    Args:
        key_arn: Encrypts it.
        names: Of the environment.
    """

    def __init__(self, scope: Construct, id_: str, *, key_arn: str, names: Names) -> None:
        super().__init__(scope, id_)
        queue = sqs.CfnQueue(
            self,
            "Resource",
            queue_name=names.dead_letters,
            kms_master_key_id=key_arn,
            message_retention_period=_KEEP_SECONDS,
            redrive_allow_policy={"redrivePermission": "denyAll"},
        )
        sqs.CfnQueuePolicy(
            self,
            "Policy",
            queues=[queue.ref],
            policy_document=only_tls("sqs:SendMessage", names.dead_letters_arn),
        )
        cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_name=f"{names.dead_letters}-any",
            alarm_description="A trigger could not start its machine. Read the queue for the reason.",
            actions_enabled=True,
            alarm_actions=[names.alarm_topic_arn],
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name="QueueName", value=queue.attr_queue_name)
            ],
            statistic="Maximum",
            period=_PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
        )
