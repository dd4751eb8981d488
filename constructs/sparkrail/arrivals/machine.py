"""The machine of a job's files and its role, as CloudFormation writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.arrivals.definition import definition
from sparkrail.fragment import Resources
from sparkrail.identity.arrivals_role import arrivals_statements
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.workflow.machine import machine

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def arrivals_resources(job: Job, platform: Platform) -> Resources:
    """Write the machine that makes batches of a job's files.

    Args:
        job: Triggered by files.
        platform: Gives ledger, buckets, keys, names and the team's log group.
    """
    names = platform.names
    return {
        "FilesPolicy": managed_policy(
            f"Calls that the machine of the files of {job.name} makes",
            arrivals_statements(job, platform),
        ),
        "FilesRole": role(
            names.role(job.name, "files"),
            trust_policy=trust(
                "states.amazonaws.com",
                names=names,
                source_arn=names.arrivals_machine_arn(job.name),
            ),
            policies=[{"Ref": "FilesPolicy"}],
        ),
        "FilesMachine": machine(
            names.arrivals_machine(job.name),
            definition(job, names=names),
            substitutions={
                "LedgerName": platform.ledger,
                "LogsBucketName": platform.buckets.logs,
            },
            role="FilesRole",
            logs_arn=platform.room(job.team).machine_logs,
            key_arn=platform.keys.messages,
        ),
    }
