"""In which state an alarm is, from the datapoints of its metrics.

(CloudWatch user guide, "Using Amazon CloudWatch alarms": evaluation, missing data.)
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sparklaptop.metrics.expressions import ExpressionError, Series, evaluate
from sparklaptop.untyped import MotoObject

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Sum": sum,
}
_DEFAULT_PERIOD = 300


@dataclass(frozen=True)
class Verdict:
    """The state of an alarm, and why."""

    state: str
    reason: str


def judge(alarm: MotoObject, data: Iterable[MotoObject], now: datetime, scale: float) -> Verdict:
    """Say in which state an alarm is.

    Args:
        alarm: As moto keeps it.
        data: Datapoints of the account, as moto keeps them.
        now: The time, as the datapoints have it.
        scale: Length of a second of periods; below 1 in tests.
    """
    wanted = int(alarm.evaluation_periods)
    try:
        values = _values(alarm, [*data], now, scale, wanted + 1)[-wanted:]
    except ExpressionError as error:
        return Verdict("INSUFFICIENT_DATA", f"The laptop cloud cannot evaluate it: {error}")
    return _weighed(alarm, values)


def _weighed(alarm: MotoObject, values: Series) -> Verdict:
    exceeds = _COMPARISONS.get(str(alarm.comparison_operator))
    if exceeds is None:
        return Verdict("INSUFFICIENT_DATA", f"{alarm.comparison_operator} is not evaluated here")
    missing = str(alarm.treat_missing_data or "missing")
    known = [value for value in values if value is not None]
    threshold = float(alarm.threshold)
    breaching = sum(exceeds(value, threshold) for value in known)
    if missing == "breaching":
        breaching += len(values) - len(known)
    if not known and missing == "missing":
        return Verdict("INSUFFICIENT_DATA", "No data came in the periods that are looked at.")
    if not known and missing == "ignore":
        return Verdict(str(alarm.state_value), str(alarm.state_reason))
    needed = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    shown = ", ".join("none" if value is None else f"{value:g}" for value in values)
    said = f"{breaching} of {len(values)} datapoints [{shown}] are over the limit of {threshold:g}"
    return Verdict("ALARM" if breaching >= needed else "OK", f"{said}; {needed} raise the alarm.")


def _values(
    alarm: MotoObject, data: list[MotoObject], now: datetime, scale: float, count: int
) -> Series:
    if not alarm.metric_data_queries:
        which = _Metric(alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.statistic)
        return which.series(data, now, float(alarm.period) * scale, count)
    series: dict[str, Series] = {}
    answer = ""
    for query in alarm.metric_data_queries:
        stat = query.metric_stat
        if stat:
            metric = stat.metric
            which = _Metric(metric.namespace, metric.metric_name, metric.dimensions, stat.stat)
            period = float(stat.period or _DEFAULT_PERIOD) * scale
            series[query.id] = which.series(data, now, period, count)
    for query in alarm.metric_data_queries:
        if query.expression:
            series[query.id] = evaluate(query.expression, series)
        if str(query.return_data).lower() != "false":
            answer = query.id
    return series[answer]


class _Metric:
    def __init__(self, namespace: Any, name: Any, dimensions: Any, statistic: Any) -> None:  # noqa: ANN401
        self._namespace = str(namespace)
        self._name = str(name)
        self._dimensions = {(one.name, one.value) for one in dimensions or ()}
        self._statistic = _STATISTICS.get(str(statistic), max)

    def series(self, data: list[MotoObject], now: datetime, period: float, count: int) -> Series:
        """One value per period, the oldest first; periods begin where the clock's do."""
        end = datetime.min + (now - datetime.min) // timedelta(seconds=period) * timedelta(
            seconds=period
        )
        start = end - timedelta(seconds=period * count)
        parts: list[list[float]] = [[] for _ in range(count)]
        for one in data:
            if self._means(one) and start <= one.timestamp < end:
                parts[int((one.timestamp - start) / timedelta(seconds=period))].append(one.value)
        return [self._statistic(part) if part else None for part in parts]

    def _means(self, one: MotoObject) -> bool:
        return (
            one.name == self._name
            and one.namespace == self._namespace
            and {(each.name, each.value) for each in one.dimensions} == self._dimensions
        )
