"""What the machine of a job may do: the calls that its states make, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.identity.kafka_statements import bootstrap_statement
from sparkrail.identity.machine_basics import observed, own_state
from sparkrail.identity.statements import Statement, allow, use_key
from sparkrail.workflow.claim import waits_for

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_RUN_EVENTS_RULE = "StepFunctionsGetEventsForEMRServerlessJobRule"
"""Step Functions makes this rule to hear of the end of a run. (Step Functions guide.)"""


def machine_statements(job: Job, platform: Platform, *, application_id: str) -> list[Statement]:
    """Write the statements that follow from one job's machine alone.

    Args:
        job: Whose machine it is.
        platform: Gives ledger, buckets, keys and names.
        application_id: The application that it starts runs on.
    """
    return [
        *_ledger(job, platform),
        *_older(job, platform),
        *_spark(job, platform, application_id),
        *_report(job, platform),
        *([bootstrap_statement(platform)] if job.needs_brokers else ()),
        own_state(platform.names.machine_arn(job.name), key_arn=platform.keys.messages),
    ]


def team_machine_statements(platform: Platform) -> list[Statement]:
    """Write the statements that every machine needs: to tell, to be logged, to use keys.

    Args:
        platform: Gives keys and names.
    """
    names = platform.names
    bus = names.arn("events", f"event-bus/{names.bus}")
    return [
        allow(
            "HearOfRun",
            ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            [names.arn("events", f"rule/{_RUN_EVENTS_RULE}")],
        ),
        allow("Announce", ["events:PutEvents"], [bus]),
        allow("Tell", ["sns:Publish"], [names.alarm_topic_arn]),
        *_keys(platform),
        *observed(names, key_arn=platform.keys.messages),
    ]


def _ledger(job: Job, platform: Platform) -> Iterator[Statement]:
    """Each action stands in one statement with all rows that it may touch.

    IAM sees the rows of a transaction together, so no two statements can share an action.
    """
    own, execution = f"job#{job.name}", f"exec#{platform.names.execution_arns(job.name)}"
    inputs = [f"table#{table}" for table in waits_for(job)]
    outputs = [f"table#{output.table}" for _, output in sorted(job.outputs.items())]
    reads = ["dynamodb:ConditionCheckItem", "dynamodb:GetItem"]
    changes = ["dynamodb:DeleteItem", "dynamodb:UpdateItem"]
    for sid, actions, rows in (
        ("ReadLedger", reads, [own, *inputs]),
        ("WriteLedger", ["dynamodb:PutItem"], [own, execution, *outputs]),
        ("ChangeLedger", changes, [own]),
    ):
        only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": rows}}
        yield allow(sid, actions, [platform.ledger_arn], when=only)


def _older(job: Job, platform: Platform) -> Iterator[Statement]:
    if job.overlap == "cancel":
        executions = platform.names.execution_arns(job.name)
        yield allow("CancelOlder", ["states:StopExecution"], [executions])


def _spark(job: Job, platform: Platform, application_id: str) -> Iterator[Statement]:
    names = platform.names
    application = names.arn("emr-serverless", f"/applications/{application_id}")
    yield allow(
        "StartRun", ["emr-serverless:StartJobRun", "emr-serverless:TagResource"], [application]
    )
    yield allow(
        "FollowRun",
        ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"],
        [f"{application}/jobruns/*"],
    )
    yield allow(
        "PassJobRole",
        ["iam:PassRole"],
        [names.role_arn(job.name, "job")],
        when={"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
    )


def _report(job: Job, platform: Platform) -> Iterator[Statement]:
    """S3 says that a report is not there only to who may list."""
    names, logs = platform.names, platform.buckets.logs
    reports = f"reports/{job.name}/*"
    yield allow("ReadReport", ["s3:GetObject"], [names.bucket_arn(logs, reports)])
    prefix = {"StringLikeIfExists": {"s3:prefix": [reports]}}
    yield allow("MissReport", ["s3:ListBucket"], [names.bucket_arn(logs)], when=prefix)


def _keys(platform: Platform) -> Iterator[Statement]:
    names, keys = platform.names, platform.keys
    yield use_key("UseDataKey", keys.data, ["dynamodb", "emr-serverless"], names=names)
    yield use_key("UseLogKey", keys.logs, ["s3", "emr-serverless"], names=names)
    yield use_key("UseMessageKey", keys.messages, ["sns"], names=names)
