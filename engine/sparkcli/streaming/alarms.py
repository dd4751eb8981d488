"""The alarms of streams that CloudWatch has raised."""

from typing import Any

from sparkcli.cloud import Cloud

DIMENSION = "job"


def raised(cloud: Cloud) -> dict[str, list[str]]:
    """Names of the alarms that are raised, by stream."""
    environment = cloud.environment
    namespace = f"{environment.project}/{environment.name}/streams"
    found: dict[str, list[str]] = {}
    pages = cloud.cloudwatch.get_paginator("describe_alarms").paginate(
        StateValue="ALARM", AlarmNamePrefix=environment.prefix
    )
    for page in pages:
        for alarm in page["MetricAlarms"]:
            if (job := _stream_of(alarm, namespace)) is not None:
                found.setdefault(job, []).append(alarm["AlarmName"])
    return found


def _stream_of(alarm: Any, namespace: str) -> str | None:  # noqa: ANN401  JSON of an alarm
    metrics = [
        alarm,
        *(one.get("MetricStat", {}).get("Metric", {}) for one in alarm.get("Metrics", [])),
    ]
    for metric in metrics:
        if metric.get("Namespace") == namespace:
            named = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
            return named.get(DIMENSION)
    return None
