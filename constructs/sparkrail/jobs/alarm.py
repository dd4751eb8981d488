"""Watches a job's machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.fragment import Resource
from sparkrail.observability.machine_alarm import machine_alarm

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def failed_alarm(job: Job, platform: Platform) -> Resource:
    """Tell people when an execution failed or timed out.

    A failed run tells by itself; the alarm also hears of machines that could not.

    Args:
        job: What is watched.
        platform: Gives names and the alarm topic.
    """
    names = platform.names
    watched = {
        "failed": ("Machine", "ExecutionsFailed"),
        "timedout": ("Machine", "ExecutionsTimedOut"),
    }
    if job.trigger is not None and job.trigger.kind == "files":
        watched["filesfailed"] = ("FilesMachine", "ExecutionsFailed")
    return machine_alarm(
        names.machine(job.name),
        watched=watched,
        label="Failed and timed out",
        about=f"Runs of {job.name} fail. Ask: sparkrail runs {job.name}",
        topic_arn=names.alarm_topic_arn,
    )
