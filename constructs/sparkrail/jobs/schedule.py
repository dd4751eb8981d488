"""A schedule that starts a job's machine: cron, rate or at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job, Trigger
from sparkrail.fragment import Resource, resource

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_INPUT = '{"scheduled_time":"<aws.scheduler.scheduled-time>","by":"schedule"}'
"""The scheduled time, not the time of the start, is the run's name: two starts of one are known."""

_ATTEMPTS = 3
_OLDEST_SECONDS = 3600
"""The service's own default would start a daily job up to a day late."""


def schedule(job: Job, trigger: Trigger, platform: Platform) -> Resource:
    """Write the schedule of a job.

    Args:
        job: What it starts.
        trigger: Of the job; cron, rate or at.
        platform: Gives names, key and the team's group of schedules.
    """
    paused = platform.environment.triggers == "paused"
    target = {
        "Arn": {"Ref": "Machine"},
        "RoleArn": {"Fn::GetAtt": ["TriggerRole", "Arn"]},
        "Input": _INPUT,
        "RetryPolicy": {
            "MaximumRetryAttempts": _ATTEMPTS,
            "MaximumEventAgeInSeconds": _OLDEST_SECONDS,
        },
        "DeadLetterConfig": {"Arn": platform.names.dead_letters_arn},
    }
    properties = {
        "Name": platform.names.machine(job.name),
        "Description": f"Starts {job.name}",
        "GroupName": platform.room(job.team).schedule_group,
        "ScheduleExpression": trigger.expression,
        "ScheduleExpressionTimezone": trigger.timezone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "KmsKeyArn": platform.keys.messages,
        "State": "DISABLED" if paused else "ENABLED",
        "Target": target,
    }
    return resource("AWS::Scheduler::Schedule", properties)
