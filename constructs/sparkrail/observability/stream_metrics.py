"""What drivers of streams print, as metrics of CloudWatch.

A driver prints one line of JSON per micro-batch. A metric filter of the team's log group makes a
metric of it, so that the job needs neither an SDK nor a permission. (docs/contracts)
"""

from __future__ import annotations

from sparkrail.fragment import Resource, Resources, resource
from sparkrail.names import Names

METRICS = {
    "rows": "Count",
    "rows_per_second": "Count/Second",
    "batch_seconds": "Seconds",
    "lag_largest": "Count",
    "lag_sum": "Count",
    "behind_seconds": "Seconds",
    "quarantined": "Count",
    "quarantine_percent": "Percent",
    "late": "Count",
    "unknown_fields": "Count",
    "state_rows": "Count",
    "state_mib": "Megabytes",
}
"""Fields of the line that become metrics of the same name, and their units."""

DIMENSION = "job"


def namespace(names: Names) -> str:
    """Name where the metrics are.

    Args:
        names: Of the environment.
    """
    return f"{names.path}/streams"


def metric_filters(names: Names, *, log_group: object) -> Resources:
    """Write the filters of a team whose jobs stream.

    Args:
        names: Of the environment.
        log_group: Name of the group of the team's drivers, or a reference to it.
    """
    return {
        f"Stream{_camel(field)}": _filter(field, unit, names, log_group)
        for field, unit in METRICS.items()
    }


def _filter(field: str, unit: str, names: Names, log_group: object) -> Resource:
    transformation = {
        "MetricNamespace": namespace(names),
        "MetricName": field,
        "MetricValue": f"$.{field}",
        "Unit": unit,
        "Dimensions": [{"Key": DIMENSION, "Value": f"$.{DIMENSION}"}],
    }
    properties = {
        "LogGroupName": log_group,
        "FilterPattern": f'{{ $.sparkrail = "stream" && $.{field} = * }}',
        "MetricTransformations": [transformation],
    }
    return resource("AWS::Logs::MetricFilter", properties)


def _camel(field: str) -> str:
    return "".join(word.capitalize() for word in field.split("_"))
