"""Watches a state machine."""

from __future__ import annotations

from sparkrail.fragment import Resource, resource

_PERIOD_SECONDS = 300
_METRICS = {
    "failed": "ExecutionsFailed",
    "timedout": "ExecutionsTimedOut",
    "aborted": "ExecutionsAborted",
}


def machine_alarm(name: str, *, machine: str, description: str, topic_arn: str) -> Resource:
    """Tell people when an execution did not succeed.

    Args:
        name: Name of the machine; the alarm's begins with it.
        machine: Logical id of the machine, in the same fragment.
        description: What it means, and what to do.
        topic_arn: The topic of those who are told.
    """
    any_ = " + ".join(f"FILL({id_}, 0)" for id_ in _METRICS)
    total = {"Id": "all", "Expression": any_, "Label": "Not succeeded", "ReturnData": True}
    properties = {
        "AlarmName": f"{name}-failed",
        "AlarmDescription": description,
        "ActionsEnabled": True,
        "AlarmActions": [topic_arn],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "TreatMissingData": "notBreaching",
        "Metrics": [total, *(_metric(id_, metric, machine) for id_, metric in _METRICS.items())],
    }
    return resource("AWS::CloudWatch::Alarm", properties)


def _metric(id_: str, metric: str, machine: str) -> dict[str, object]:
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
