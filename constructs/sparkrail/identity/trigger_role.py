"""What a job's trigger may do: start one machine, and leave word when it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.identity.statements import Statement, allow, use_key

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def trigger_statements(job: Job, platform: Platform) -> list[Statement]:
    """Write the statement that follows from one job's trigger alone.

    Args:
        job: What it starts.
        platform: Gives names.
    """
    names = platform.names
    files = job.trigger is not None and job.trigger.kind == "files"
    machine = names.arrivals_machine_arn(job.name) if files else names.machine_arn(job.name)
    return [allow("StartMachine", ["states:StartExecution"], [machine])]


def team_trigger_statements(platform: Platform) -> list[Statement]:
    """Write the statements that every trigger needs.

    Args:
        platform: Gives keys and names.
    """
    names, key = platform.names, platform.keys.messages
    return [
        allow("LeaveWord", ["sqs:SendMessage"], [names.dead_letters_arn]),
        use_key("UseMessageKey", key, ["scheduler", "sqs", "states"], names=names),
    ]
