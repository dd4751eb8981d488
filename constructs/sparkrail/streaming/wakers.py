"""What wakes the reconciler of a stream: its run ended, its stack was deployed, time has passed.

Events are best effort, so each of these alone is enough.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sparkmodel import Job
from sparkrail.fragment import Resource, Resources, resource
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.identity.trigger_role import trigger_statements

if TYPE_CHECKING:
    from sparkrail.platform import Platform

WATCHDOG = "rate(5 minutes)"
_RETRY = {"MaximumRetryAttempts": 8, "MaximumEventAgeInSeconds": 900}
"""Enough for a hiccup; after it, the watchdog has long seen the same."""

_TICK = '{"by":"watchdog","scheduled_time":"<aws.scheduler.scheduled-time>"}'
_DEPLOYED = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]


def waker_resources(job: Job, platform: Platform) -> Resources:
    """Write the rules and the schedule that wake the reconciler of a stream, and their roles.

    Args:
        job: The stream.
        platform: Gives names, keys and the team's group of schedules.
    """
    names, shared = platform.names, platform.room(job.team).policies["triggers"]
    rules = names.arn("events", f"rule/{names.machine(job.name)}-*")
    group = names.arn("scheduler", f"schedule-group/{names.schedule_group(job.team)}")

    def waker(purpose: str, service: str, source_arn: str) -> Resource:
        trusted = trust(service, names=names, source_arn=source_arn)
        policies = [{"Ref": "TriggerPolicy"}, shared]
        return role(names.role(job.name, purpose), trust_policy=trusted, policies=policies)

    run_ended = {
        "source": ["aws.emr-serverless"],
        "detail-type": ["EMR Serverless Job Run State Change"],
        "detail": {
            "jobRunName": [{"prefix": f"{job.name}/stream/"}],
            "state": ["SUCCESS", "FAILED", "CANCELLED"],
        },
    }
    own_stack = {
        "source": ["aws.cloudformation"],
        "detail-type": ["CloudFormation Stack Status Change"],
        "detail": {
            "stack-id": [{"Ref": "AWS::StackId"}],
            "status-details": {"status": _DEPLOYED},
        },
    }
    return {
        "TriggerPolicy": managed_policy(
            f"What wakes the reconciler of {job.name}", trigger_statements(job, platform)
        ),
        "TriggerRole": waker("trigger", "events.amazonaws.com", rules),
        "TickRole": waker("tick", "scheduler.amazonaws.com", group),
        "EndedRule": _rule(job, platform, "ended", "run", run_ended),
        "DeployedRule": _rule(job, platform, "deploy", "deploy", own_stack),
        "Watchdog": _watchdog(job, platform),
    }


def _state(platform: Platform) -> str:
    return "DISABLED" if platform.environment.triggers == "paused" else "ENABLED"


def _rule(job: Job, platform: Platform, name: str, by: str, pattern: dict[str, Any]) -> Resource:
    target = {
        "Id": "Machine",
        "Arn": {"Ref": "Machine"},
        "RoleArn": {"Fn::GetAtt": ["TriggerRole", "Arn"]},
        "Input": json.dumps({"by": by}),
        "RetryPolicy": _RETRY,
        "DeadLetterConfig": {"Arn": platform.names.dead_letters_arn},
    }
    properties = {
        "Name": f"{platform.names.machine(job.name)}-{name}",
        "Description": f"Wakes the reconciler of {job.name}",
        "EventPattern": pattern,
        "State": _state(platform),
        "Targets": [target],
    }
    return resource("AWS::Events::Rule", properties)


def _watchdog(job: Job, platform: Platform) -> Resource:
    target = {
        "Arn": {"Ref": "Machine"},
        "RoleArn": {"Fn::GetAtt": ["TickRole", "Arn"]},
        "Input": _TICK,
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
        "DeadLetterConfig": {"Arn": platform.names.dead_letters_arn},
    }
    properties = {
        "Name": platform.names.machine(job.name),
        "Description": f"Wakes the reconciler of {job.name}; events alone may be lost",
        "GroupName": platform.room(job.team).schedule_group,
        "ScheduleExpression": WATCHDOG,
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "KmsKeyArn": platform.keys.messages,
        "State": _state(platform),
        "Target": target,
    }
    return resource("AWS::Scheduler::Schedule", properties)
