"""What the reconciler of a stream may do: the calls that its states make, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.identity.kafka_statements import bootstrap_statement
from sparkrail.identity.machine_basics import own_state
from sparkrail.identity.statements import Statement, allow, listing, use_key
from sparkrail.identity.stream_files import control_prefix

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def reconciler_statements(job: Job, platform: Platform, *, application_id: str) -> list[Statement]:
    """Write the statements that follow from one stream alone.

    Args:
        job: The stream.
        platform: Gives ledger, buckets, keys and names.
        application_id: The application that it starts runs on.
    """
    machine = platform.names.machine_arn(job.name)
    return [
        *_ledger(job, platform),
        *_executions(job, platform),
        *_runs(job, platform, application_id),
        *_files(job, platform),
        bootstrap_statement(platform),
        use_key("UseStateKey", platform.keys.messages, ["states"], names=platform.names),
        own_state(machine, key_arn=platform.keys.messages),
    ]


def _ledger(job: Job, platform: Platform) -> Iterator[Statement]:
    own, pause = f"stream#{job.name}", f"job#{job.name}"
    changes = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    for sid, actions, rows in (
        ("ReadLedger", ["dynamodb:GetItem"], [own, pause]),
        ("ChangeLedger", changes, [own]),
    ):
        only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": rows}}
        yield allow(sid, actions, [platform.ledger_arn], when=only)


def _executions(job: Job, platform: Platform) -> Iterator[Statement]:
    """It asks after the holder of the lease, reads its own definition, and starts its successor."""
    names = platform.names
    yield allow("SeeHolder", ["states:DescribeExecution"], [names.execution_arns(job.name)])
    own = ["states:DescribeStateMachine", "states:StartExecution"]
    yield allow("LookAgain", own, [names.machine_arn(job.name)])


def _runs(job: Job, platform: Platform, application_id: str) -> Iterator[Statement]:
    """The last good version runs on the application that it was made for, which tags tell."""
    names, environment = platform.names, platform.environment
    everything = names.arn("emr-serverless", "/applications/*")
    tags = {"project": environment.project, "environment": environment.name, "team": job.team}
    of_team = {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}}
    start = ["emr-serverless:ListJobRuns", "emr-serverless:StartJobRun"]
    start += ["emr-serverless:TagResource"]
    application = names.arn("emr-serverless", f"/applications/{application_id}")
    yield allow("StartRun", start, [application])
    yield allow("StartLastGoodRun", start, [everything], when=of_team)
    follow = ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"]
    yield allow("FollowRun", follow, [f"{application}/jobruns/*"])
    yield allow("FollowLastGoodRun", follow, [f"{everything}/jobruns/*"], when=of_team)
    yield allow(
        "PassJobRole",
        ["iam:PassRole"],
        [names.role_arn(job.name, "job")],
        when={"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
    )


def _files(job: Job, platform: Platform) -> Iterator[Statement]:
    names, logs, control = platform.names, platform.buckets.logs, control_prefix(job.name)
    said = [names.bucket_arn(logs, f"{control}{each}/*") for each in ("committed", "reports")]
    yield allow("ReadWord", ["s3:GetObject"], said)
    yield allow("AskToStop", ["s3:PutObject"], [names.bucket_arn(logs, f"{control}stop/*")])
    yield listing("LookForWord", names.bucket_arn(logs), [control])
