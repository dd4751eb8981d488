"""Alarms. Those on metrics of AWS itself are only recorded: the laptop has no such metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sparklaptop.cloudformation.resource import Context, Physical, Properties, known, words
from sparklaptop.cloudformation.types.recorded import RECORDINGS, Recorded

_TYPE = "AWS::CloudWatch::Alarm"
_AWS = "AWS/"
_NOT_OF_THE_CALL = words("Tags")


@known
class Alarm(Recorded):
    """AWS::CloudWatch::Alarm."""

    type = _TYPE

    def __init__(self) -> None:
        super().__init__(_TYPE, RECORDINGS[_TYPE])

    def create(self, context: Context, properties: Properties) -> Physical:
        """Make it if its metrics can be on a laptop, else record it."""
        made = super().create(context, properties)
        if _is_live(properties):
            given = {
                name: value for name, value in properties.items() if name not in _NOT_OF_THE_CALL
            }
            client = context.clients.get("cloudwatch", context.region)
            client.put_metric_alarm(**{**_typed(given), "AlarmName": made.id})
            client.set_alarm_state(
                AlarmName=made.id,
                StateValue="INSUFFICIENT_DATA",
                StateReason="Unchecked: Initial alarm creation",
            )
        return made

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """Another name makes another alarm."""
        return old.get("AlarmName") != new.get("AlarmName")

    def delete(self, context: Context, live: Physical, properties: Properties) -> None:
        """Delete it."""
        if _is_live(properties):
            client = context.clients.get("cloudwatch", context.region)
            client.delete_alarms(AlarmNames=[live.id])


def _is_live(properties: Properties) -> bool:
    namespaces = [*_namespaces(properties)]
    return bool(namespaces) and not any(one.startswith(_AWS) for one in namespaces)


def _namespaces(properties: Properties) -> Iterator[str]:
    if "Namespace" in properties:
        yield str(properties["Namespace"])
    for query in properties.get("Metrics", []):
        if "MetricStat" in query:
            yield str(query["MetricStat"]["Metric"]["Namespace"])


def _typed(value: Any) -> Any:  # noqa: ANN401
    """Templates may have numbers and truth values as text; the call takes them as they are."""
    numbers = ("DatapointsToAlarm", "EvaluationPeriods", "Period")
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: _typed(each) for name, each in value.items()}
    made |= {name: int(made[name]) for name in numbers if name in made}
    if "Threshold" in made:
        made["Threshold"] = float(made["Threshold"])
    return made
