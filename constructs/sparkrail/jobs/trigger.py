"""What starts a run of a job at its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job, Trigger
from sparkrail.fragment import Resource, Resources, resource
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.identity.trigger_role import trigger_statements

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_INPUT = '{"scheduled_time":"<aws.scheduler.scheduled-time>"}'
"""The scheduled time, not the time of the start, is the run's name: two starts of one are known."""

_ATTEMPTS = 3
_OLDEST_SECONDS = 3600
"""The service's own default would start a daily job up to a day late."""


def trigger_resources(job: Job, platform: Platform) -> Resources:
    """Write the schedule of a job and its role; nothing for a job that people start.

    Args:
        job: What it starts.
        platform: Gives names, key and the team's group of schedules.
    """
    if job.trigger is None:
        return {}
    names, shared = platform.names, platform.room(job.team).policies["triggers"]
    group = names.arn("scheduler", f"schedule-group/{names.schedule_group(job.team)}")
    policy = managed_policy(
        f"What the trigger of {job.name} may do", trigger_statements(job, platform)
    )
    return {
        "TriggerPolicy": policy,
        "TriggerRole": role(
            names.role(job.name, "trigger"),
            trust_policy=trust("scheduler.amazonaws.com", names=names, source_arn=group),
            policies=[{"Ref": "TriggerPolicy"}, shared],
        ),
        "Schedule": _schedule(job, job.trigger, platform),
    }


def _schedule(job: Job, trigger: Trigger, platform: Platform) -> Resource:
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
