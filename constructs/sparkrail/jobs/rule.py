"""A rule that starts a job when something happened: a table was written, files came, an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sparkmodel import Environment, Job, Trigger
from sparkrail.arrivals.definition import input_prefix
from sparkrail.fragment import Resource, resource
from sparkrail.names import Names
from sparkrail.workflow.publish import TABLE_WRITTEN

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_ATTEMPTS = 185
_OLDEST_SECONDS = 86_400
"""The most that EventBridge does. What happened does not happen again, so late is better than not:
a schedule has a next time. (EventBridge guide, retry policy.)"""

_BY_TABLES = {
    "InputPathsMap": {"interval": "$.detail.interval"},
    "InputTemplate": '{"key":"<interval>","by":"tables"}',
}
_BY_EVENT = {
    "InputPathsMap": {"time": "$.time", "id": "$.id"},
    "InputTemplate": '{"scheduled_time":"<time>","event_id":"<id>","by":"event"}',
}


def rule(job: Job, trigger: Trigger, platform: Platform, *, machine: str) -> Resource:
    """Write the rule of a job.

    Args:
        job: What it starts.
        trigger: Of the job; tables, files or event.
        platform: Gives names and buckets.
        machine: Logical id of the machine that it starts.
    """
    names = platform.names
    bus = bus_of(trigger, names)
    given = {"tables": _BY_TABLES, "event": _BY_EVENT}.get(trigger.kind)
    target = {
        "Id": "Machine",
        "Arn": {"Ref": machine},
        "RoleArn": {"Fn::GetAtt": ["TriggerRole", "Arn"]},
        # The machine of files takes the event as it is.
        **({"InputTransformer": given} if given else {}),
        "RetryPolicy": {
            "MaximumRetryAttempts": _ATTEMPTS,
            "MaximumEventAgeInSeconds": _OLDEST_SECONDS,
        },
        "DeadLetterConfig": {"Arn": names.dead_letters_arn},
    }
    properties = {
        "Name": names.machine(job.name),
        "Description": f"Starts {job.name}",
        **({"EventBusName": bus} if bus else {}),
        "EventPattern": _pattern(job, trigger, platform),
        "State": "DISABLED" if _waits(job, platform.environment) else "ENABLED",
        "Targets": [target],
    }
    return resource("AWS::Events::Rule", properties)


def rule_arn(job: Job, trigger: Trigger, names: Names) -> str:
    """ARN of the rule of a job.

    Args:
        job: What it starts.
        trigger: Of the job; tables, files or event.
        names: Of the environment.
    """
    bus = bus_of(trigger, names)
    folder = f"rule/{bus}/" if bus else "rule/"
    return names.arn("events", f"{folder}{names.machine(job.name)}")


def bus_of(trigger: Trigger, names: Names) -> str | None:
    """Name the bus on which a trigger listens; None is the account's default bus.

    Events whose source is the platform itself are on the bus of the environment, all others of AWS
    on the default bus.

    Args:
        trigger: Tables, files or event.
        names: Of the environment.
    """
    ours = trigger.kind == "tables" or (trigger.event or {}).get("source") == [names.prefix]
    return names.bus if ours else None


def _waits(job: Job, environment: Environment) -> bool:
    """Topics wait together with the streams that read them, where streams wait for a person."""
    waits = bool(job.manages) and environment.kafka.streams == "wait"
    return waits or environment.triggers == "paused"


def _pattern(job: Job, trigger: Trigger, platform: Platform) -> dict[str, Any]:
    if trigger.event is not None:
        return trigger.event
    if trigger.tables is not None:
        return _written(list(trigger.tables), platform.names)
    return _created(job, platform)


def _written(tables: list[str], names: Names) -> dict[str, Any]:
    """Hear of written tables, but not of a backfill's: its plan says what runs downstream."""
    return {
        "source": [names.prefix],
        "detail-type": [TABLE_WRITTEN],
        "detail": {"table": tables, "by": [{"anything-but": "backfill"}]},
    }


def _created(job: Job, platform: Platform) -> dict[str, Any]:
    key = [{"prefix": input_prefix(job)}]
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [platform.buckets.raw]}, "object": {"key": key}},
    }
