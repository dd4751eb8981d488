"""What a stream's people are told of before records are lost: lag, silence, slowness, refusals.

A lag of nothing means nothing: when the brokers are gone, the driver sees none. So silence and slow
micro-batches have alarms of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sparkmodel import Job
from sparkrail.fragment import Resource, Resources, resource
from sparkrail.names import Names
from sparkrail.observability.stream_metrics import DIMENSION, namespace

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_PERIOD_SECONDS = 300
_LAG_PERIODS = 6
_SILENT_PERIODS = 3
_CADENCES = 5
_SECONDS_PER_HOUR = 3600


def stream_alarms(job: Job, platform: Platform) -> Resources:
    """Write the alarms of a stream.

    Where streams wait for a person, silence is the rule and nobody is told of it.

    Args:
        job: The stream.
        platform: Gives names, the alarm topic and the contract of the topic that is read.
    """
    names = platform.names
    starts = platform.environment.kafka.streams == "start"
    return {
        "LagAlarm": _lag(job, names),
        **({"SilentAlarm": _silent(job, names)} if starts else {}),
        "SlowAlarm": _slow(job, names),
        "QuarantineAlarm": _quarantine(job, names),
        **_behind(job, platform),
    }


def _lag(job: Job, names: Names) -> Resource:
    assert job.stream is not None, "only streams have these alarms"
    metric = _metric(job, names, "lag_sum")
    grows = f"IF(DIFF(lag) > 0 AND lag > {job.stream.max_offsets}, 1, 0)"
    stat = {"Metric": metric, "Period": _PERIOD_SECONDS, "Stat": "Maximum"}
    return _alarm(
        job,
        names,
        "lag",
        "It has fallen ever further behind its topic for half an hour: give it more executors.",
        Metrics=[
            {"Id": "grows", "Expression": grows, "Label": "Lag grows", "ReturnData": True},
            {"Id": "lag", "MetricStat": stat, "ReturnData": False},
        ],
        Threshold=0,
        EvaluationPeriods=_LAG_PERIODS,
    )


def _silent(job: Job, names: Names) -> Resource:
    return _alarm(
        job,
        names,
        "silent",
        "Its driver says nothing any more: it is stopped, paused, or hangs.",
        **_watched(job, names, "lag_sum", "SampleCount"),
        ComparisonOperator="LessThanThreshold",
        Threshold=1,
        EvaluationPeriods=_SILENT_PERIODS,
        TreatMissingData="breaching",
    )


def _slow(job: Job, names: Names) -> Resource:
    assert job.stream is not None, "only streams have these alarms"
    longest = max(_CADENCES * job.stream.cadence_seconds, _PERIOD_SECONDS)
    return _alarm(
        job,
        names,
        "slow",
        f"A micro-batch took over {longest} s.",
        **_watched(job, names, "batch_seconds", "Maximum"),
        Threshold=longest,
    )


def _quarantine(job: Job, names: Names) -> Resource:
    return _alarm(
        job,
        names,
        "quarantine",
        "It refuses more than half of what lets it stop: look into its quarantine table.",
        **_watched(job, names, "quarantine_percent", "Maximum"),
        Threshold=job.run.quarantine_percent / 2,
    )


def _behind(job: Job, platform: Platform) -> Resources:
    """A topic without a contract, or one that keeps all, has nothing to fall out of."""
    topic = platform.topics.get(str(job.topic))
    if topic is None or topic.retention_hours < 0:
        return {}
    hours = topic.retention_hours
    alarm = _alarm(
        job,
        platform.names,
        "behind",
        f"It is behind by half of what its topic keeps ({hours} hours): records will be lost.",
        **_watched(job, platform.names, "behind_seconds", "Maximum"),
        Threshold=hours * _SECONDS_PER_HOUR / 2,
    )
    return {"BehindAlarm": alarm}


def _metric(job: Job, names: Names, name: str) -> dict[str, Any]:
    dimensions = [{"Name": DIMENSION, "Value": job.name}]
    return {"Namespace": namespace(names), "MetricName": name, "Dimensions": dimensions}


def _watched(job: Job, names: Names, name: str, statistic: str) -> dict[str, Any]:
    return {**_metric(job, names, name), "Statistic": statistic, "Period": _PERIOD_SECONDS}


def _alarm(job: Job, names: Names, name: str, about: str, **watched: object) -> Resource:
    properties = {
        "AlarmName": f"{names.machine(job.name)}-{name}",
        "AlarmDescription": f"{job.name}: {about} Ask: sparkrail streams {job.name}",
        "ActionsEnabled": True,
        "AlarmActions": [names.alarm_topic_arn],
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
        **watched,
    }
    return resource("AWS::CloudWatch::Alarm", properties)
