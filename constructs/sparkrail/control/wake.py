"""Rules that wake the keeper when an execution has ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sparkmodel import Job
from sparkrail.fragment import Resource, Resources, resource
from sparkrail.names import Names

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_ENDED = "Step Functions Execution Status Change"
_RETRY = {"MaximumRetryAttempts": 8, "MaximumEventAgeInSeconds": 900}
"""Enough for a hiccup; after it, the schedule has long seen the same."""


def ended_rule(names: Names, *, role: str, machine: str) -> Resource:
    """Hear of executions of this environment that ended without success.

    One that recorded its own failure costs the keeper six transitions. The keeper's own failures
    are left to its alarm.

    Args:
        names: Of the environment.
        role: Logical id of the role of events.
        machine: Logical id of the keeper.
    """
    keepers = names.arn("states", f"execution:{names.keeper}:")
    detail = {
        "status": ["FAILED", "ABORTED", "TIMED_OUT"],
        "stateMachineArn": [{"prefix": names.arn("states", f"stateMachine:{names.prefix}-")}],
        "executionArn": [{"anything-but": {"prefix": keepers}}],
    }
    target = {
        "Arn": {"Ref": machine},
        "RoleArn": {"Fn::GetAtt": [role, "Arn"]},
        "InputTransformer": {
            "InputPathsMap": {"execution": "$.detail.executionArn"},
            "InputTemplate": '{"execution":"<execution>"}',
        },
    }
    return _rule(f"{names.keeper}-ended", "Wakes the keeper after failures", detail, target, names)


def queue_resources(job: Job, platform: Platform) -> Resources:
    """Let the next waiting run start as soon as one is over; nothing for jobs without a queue.

    A rule of the job alone: one for all would wake the keeper after every run of every job.

    Args:
        job: Its overlap policy decides.
        platform: Gives names.
    """
    if job.overlap != "queue":
        return {}
    names = platform.names
    detail = {
        "status": ["SUCCEEDED", "FAILED"],
        "stateMachineArn": [names.machine_arn(job.name)],
    }
    target = {
        "Arn": names.keeper_arn,
        "RoleArn": names.global_arn("iam", f"role/{names.keeper_role('wake')}"),
        "Input": json.dumps({"queue": job.name}),
    }
    what = f"Starts the next waiting run of {job.name}"
    return {"QueueRule": _rule(f"{names.machine(job.name)}-queue", what, detail, target, names)}


def _rule(
    name: str, what: str, detail: dict[str, Any], target: dict[str, Any], names: Names
) -> Resource:
    properties = {
        "Name": name,
        "Description": what,
        "EventPattern": {"source": ["aws.states"], "detail-type": [_ENDED], "detail": detail},
        "State": "ENABLED",
        "Targets": [
            {
                "Id": "Keeper",
                **target,
                "RetryPolicy": _RETRY,
                "DeadLetterConfig": {"Arn": names.dead_letters_arn},
            }
        ],
    }
    return resource("AWS::Events::Rule", properties)
