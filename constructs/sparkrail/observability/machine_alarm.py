"""Watches state machines."""

from __future__ import annotations

from collections.abc import Mapping

from sparkrail.fragment import Resource, resource

_PERIOD_SECONDS = 300


def machine_alarm(
    name: str, *, watched: Mapping[str, tuple[str, str]], label: str, about: str, topic_arn: str
) -> Resource:
    """Tell people when an execution did not succeed.

    Args:
        name: Name of the machine; the alarm's begins with it.
        watched: By a word of small letters: logical id of a machine in the same fragment, and the
            metric of `AWS/States` that counts what went wrong.
        label: What the sum of these metrics is called.
        about: What it means, and what to do.
        topic_arn: The topic of those who are told.
    """
    total = {
        "Id": "all",
        "Expression": " + ".join(f"FILL({each}, 0)" for each in watched),
        "Label": label,
        "ReturnData": True,
    }
    properties = {
        "AlarmName": f"{name}-failed",
        "AlarmDescription": about,
        "ActionsEnabled": True,
        "AlarmActions": [topic_arn],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "TreatMissingData": "notBreaching",
        "Metrics": [total, *(_executions(id_, *each) for id_, each in watched.items())],
    }
    return resource("AWS::CloudWatch::Alarm", properties)


def _executions(id_: str, machine: str, metric: str) -> dict[str, object]:
    return {
        "Id": id_,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/States",
                "MetricName": metric,
                "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": machine}}],
            },
            "Period": _PERIOD_SECONDS,
            "Stat": "Sum",
        },
    }
