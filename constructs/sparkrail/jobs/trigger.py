"""What starts the runs of a job: a schedule or a rule, the role of either, and what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sparkmodel import Job, Trigger
from sparkrail.arrivals.machine import arrivals_resources
from sparkrail.fragment import Resources
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.identity.trigger_role import trigger_statements
from sparkrail.jobs.rule import rule, rule_arn
from sparkrail.jobs.schedule import schedule

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def trigger_resources(job: Job, platform: Platform) -> Resources:
    """Write what starts the runs of a job; nothing for a job that people start.

    Args:
        job: What it starts.
        platform: Gives names, keys, buckets and the team's group of schedules.
    """
    trigger = job.trigger
    if trigger is None:
        return {}
    machine = "FilesMachine" if trigger.kind == "files" else "Machine"
    starts = (
        {"Schedule": schedule(job, trigger, platform)}
        if trigger.is_schedule
        else {"Rule": rule(job, trigger, platform, machine=machine)}
    )
    shared = platform.room(job.team).policies["triggers"]
    return {
        "TriggerPolicy": managed_policy(
            f"What the trigger of {job.name} may do", trigger_statements(job, platform)
        ),
        "TriggerRole": role(
            platform.names.role(job.name, "trigger"),
            trust_policy=_trust(job, trigger, platform),
            policies=[{"Ref": "TriggerPolicy"}, shared],
        ),
        **starts,
        **(arrivals_resources(job, platform) if trigger.kind == "files" else {}),
    }


def _trust(job: Job, trigger: Trigger, platform: Platform) -> dict[str, Any]:
    names = platform.names
    if not trigger.is_schedule:
        arn = rule_arn(job, trigger, names)
        return trust("events.amazonaws.com", names=names, source_arn=arn)
    group = names.arn("scheduler", f"schedule-group/{names.schedule_group(job.team)}")
    return trust("scheduler.amazonaws.com", names=names, source_arn=group)
