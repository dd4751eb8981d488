"""Watches a job's machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.fragment import Resource, resource

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_PERIOD_SECONDS = 300


def failed_alarm(job: Job, platform: Platform) -> Resource:
    """Tell people when an execution failed or timed out.

    A failed run tells by itself; the alarm also hears of machines that could not.

    Args:
        job: What is watched.
        platform: Gives names and the alarm topic.
    """
    names = platform.names
    watched = {
        "failed": ("Machine", "ExecutionsFailed"),
        "timedout": ("Machine", "ExecutionsTimedOut"),
    }
    if job.trigger is not None and job.trigger.kind == "files":
        watched["filesfailed"] = ("FilesMachine", "ExecutionsFailed")
    properties = {
        "AlarmName": f"{names.machine(job.name)}-failed",
        "AlarmDescription": f"Runs of {job.name} fail. Ask: sparkrail runs {job.name}",
        "ActionsEnabled": True,
        "AlarmActions": [names.alarm_topic_arn],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "TreatMissingData": "notBreaching",
        "Metrics": [
            {
                "Id": "all",
                "Expression": " + ".join(f"FILL({each}, 0)" for each in watched),
                "Label": "Failed and timed out",
                "ReturnData": True,
            },
            *(_executions(id_, machine, metric) for id_, (machine, metric) in watched.items()),
        ],
    }
    return resource("AWS::CloudWatch::Alarm", properties)


def _executions(id_: str, machine: str, metric: str) -> dict[str, object]:
    dimension = {"Name": "StateMachineArn", "Value": {"Ref": machine}}
    return {
        "Id": id_,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/States",
                "MetricName": metric,
                "Dimensions": [dimension],
            },
            "Period": _PERIOD_SECONDS,
            "Stat": "Sum",
        },
    }
