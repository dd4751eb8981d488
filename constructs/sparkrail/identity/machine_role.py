"""What the machine of a job may do: the calls that its states make, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.identity.statements import Statement, allow, use_key

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
_TRACES = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
_RUN_EVENTS_RULE = "StepFunctionsGetEventsForEMRServerlessJobRule"
"""Step Functions makes this rule to hear of the end of a run. (Step Functions guide.)"""


def machine_statements(job: Job, platform: Platform, *, application_id: str) -> list[Statement]:
    """Write the statements of the role of a job's machine.

    Args:
        job: Whose machine it is.
        platform: Gives ledger, buckets, keys and names.
        application_id: The application that it starts runs on.
    """
    return [
        *_ledger(job, platform),
        *_spark(job, platform, application_id),
        *_telling(job, platform),
        *_keys(job, platform),
        allow("DeliverLogs", _LOG_DELIVERY, ["*"]),
        allow("SendTraces", _TRACES, ["*"]),
    ]


def _ledger(job: Job, platform: Platform) -> Iterator[Statement]:
    rows = [f"job#{job.name}", f"exec#{platform.names.execution_arns(job.name)}"]
    yield allow(
        "KeepLedger",
        ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        [platform.ledger_arn],
        when={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": rows}},
    )


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
        "HearOfRun",
        ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
        [names.arn("events", f"rule/{_RUN_EVENTS_RULE}")],
    )
    yield allow(
        "PassJobRole",
        ["iam:PassRole"],
        [names.role_arn(job.name, "job")],
        when={"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
    )


def _telling(job: Job, platform: Platform) -> Iterator[Statement]:
    names, logs = platform.names, platform.buckets.logs
    reports = f"reports/{job.name}/"
    yield allow("ReadReport", ["s3:GetObject"], [names.bucket_arn(logs, f"{reports}*")])
    yield allow(
        "MissReport",
        ["s3:ListBucket"],
        [names.bucket_arn(logs)],
        when={"StringLikeIfExists": {"s3:prefix": [f"{reports}*"]}},
    )
    yield allow("Announce", ["events:PutEvents"], [names.arn("events", f"event-bus/{names.bus}")])
    yield allow("Tell", ["sns:Publish"], [names.alarm_topic_arn])


def _keys(job: Job, platform: Platform) -> Iterator[Statement]:
    names, keys = platform.names, platform.keys
    yield use_key("UseDataKey", keys.data, ["dynamodb", "emr-serverless"], names=names)
    yield use_key("UseLogKey", keys.logs, ["s3", "emr-serverless"], names=names)
    yield use_key("UseMessageKey", keys.messages, ["sns"], names=names)
    machine = {"kms:EncryptionContext:aws:states:stateMachineArn": names.machine_arn(job.name)}
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    yield allow("EncryptState", actions, [keys.messages], when={"StringEquals": machine})
    delivery = {"kms:EncryptionContext:SourceArn": names.arn("logs", "*")}
    yield allow(
        "EncryptLogs", ["kms:GenerateDataKey"], [keys.messages], when={"StringEquals": delivery}
    )
