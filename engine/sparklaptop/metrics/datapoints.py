"""Log lines become datapoints, by the metric filters of their group."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sparklaptop.metrics.patterns import Test, parse, value_at
from sparklaptop.untyped import Json

log = logging.getLogger(__name__)
# moto keeps every datapoint: at one line a minute and twelve metrics, this is a week.
_MOST = 120_000


def made_of(
    filters: Iterable[Mapping[str, Any]], events: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Namespace and datapoint of each metric that lines give.

    Args:
        filters: Of the group, as DescribeMetricFilters shows them.
        events: As PutLogEvents has them.
    """
    wanted = [(_test(one["filterPattern"]), one["metricTransformations"]) for one in filters]
    for event in events:
        line = _json(event["message"])
        for test, transformations in wanted:
            if test(line):
                for one in transformations:
                    yield from _datapoint(one, line, int(event["timestamp"]))


def keep(account: str, region: str, made: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Put datapoints where CloudWatch's API finds them.

    Args:
        account: Whose.
        region: Where.
        made: Namespace and datapoint.
    """
    from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415

    backend = cloudwatch_backends[account][region]
    for namespace, datapoint in made:
        backend.put_metric_data(namespace, [datapoint])
    del backend.metric_data[:-_MOST]


@lru_cache(maxsize=256)
def _test(pattern: str) -> Test:
    return parse(pattern)


def _json(message: str) -> Json:
    if not message.lstrip().startswith("{"):
        return None
    try:
        found: Json = json.loads(message)
    except ValueError:
        return None
    return found


def _datapoint(
    transformation: Mapping[str, Any], line: Json, timestamp: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    text = str(transformation["metricValue"])
    value = value_at(text, line) if text.startswith("$") else text
    try:
        number = float(value)
    except (TypeError, ValueError):
        return
    dimensions = transformation.get("dimensions") or {}
    named = [
        {"Name": name, "Value": str(value_at(selector, line))}
        for name, selector in dimensions.items()
    ]
    yield (
        str(transformation["metricNamespace"]),
        {
            "MetricName": transformation["metricName"],
            "Value": number,
            "Dimensions": named,
            "Timestamp": datetime.fromtimestamp(timestamp / 1000, UTC).replace(tzinfo=None),
            **({"Unit": transformation["unit"]} if transformation.get("unit") else {}),
        },
    )
