"""Triggers that could not start their machine."""

from __future__ import annotations

from constructs import Construct

from sparkrail.fragment import Properties, include, resource
from sparkrail.identity.resource_policies import dead_letters_policy
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
        queue = {
            "QueueName": names.dead_letters,
            "KmsMasterKeyId": key_arn,
            "MessageRetentionPeriod": _KEEP_SECONDS,
            "RedriveAllowPolicy": {"redrivePermission": "denyAll"},
        }
        policy = {
            "Queues": [{"Ref": id_}],
            "PolicyDocument": dead_letters_policy(names.dead_letters_arn, names),
        }
        include(
            self,
            {
                id_: resource("AWS::SQS::Queue", queue),
                f"{id_}Policy": resource("AWS::SQS::QueuePolicy", policy),
                f"{id_}Alarm": resource("AWS::CloudWatch::Alarm", _alarm(id_, names)),
            },
        )


def _alarm(queue: str, names: Names) -> Properties:
    return {
        "AlarmName": f"{names.dead_letters}-any",
        "AlarmDescription": "A trigger could not start its machine; the queue says which and why.",
        "ActionsEnabled": True,
        "AlarmActions": [names.alarm_topic_arn],
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}],
        "Statistic": "Maximum",
        "Period": _PERIOD_SECONDS,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
