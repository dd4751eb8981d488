"""Policies of keys. They name services and the account, never what a later stack makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparkrail.identity.statements import Conditions, Statement, document
from sparkrail.names import Names

_ADMINISTER = (
    *("kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:DeleteAlias"),
    *("kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey"),
    *("kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"),
    *("kms:ListKeyPolicies", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RetireGrant"),
    *("kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource"),
    *("kms:UpdateAlias", "kms:UpdateKeyDescription"),
)
_USE = (
    *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
)


def key_policy(services: Sequence[Statement], *, names: Names) -> dict[str, Any]:
    """Leave the key to the account's IAM policies and to the services that are named.

    Args:
        services: Statements for AWS services.
        names: Of the environment.
    """
    account = {"AWS": names.global_arn("iam", "root")}
    by_iam = {
        "Sid": "LeaveItToIam",
        "Effect": "Allow",
        "Principal": account,
        "Action": [*_ADMINISTER, *_USE],
        "Resource": "*",
    }
    # Control Tower's rule CT.KMS.PR.3 accepts exactly this condition.
    grants = {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"}
    only_services_grant = {
        "Sid": "OnlyServicesGrant",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "kms:CreateGrant",
        "Resource": "*",
        "Condition": {"BoolIfExists": grants},
    }
    return document([by_iam, only_services_grant, *services])


def data_services(names: Names) -> list[Statement]:
    """Let EMR Serverless encrypt the disks of workers."""
    return [_spark("EncryptDisks", names)]


def log_services(names: Names) -> list[Statement]:
    """Let CloudWatch Logs, log delivery and EMR Serverless encrypt logs."""
    groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": names.arn("logs", "log-group:*")}}
    from_logs = {"ArnLike": {"aws:SourceArn": names.arn("logs", "*")}}
    return [
        _serve("EncryptLogGroups", f"logs.{names.environment.region}.amazonaws.com", groups),
        _serve("DeliverLogs", "delivery.logs.amazonaws.com", _ours(names) | from_logs),
        _spark("KeepSparkLogs", names),
    ]


def message_services(names: Names) -> list[Statement]:
    """Let alarms, events and the delivery of machine logs use topics and queues."""
    from_logs = {"ArnLike": {"aws:SourceArn": names.arn("logs", "*")}}
    return [
        _serve("AlarmsTell", "cloudwatch.amazonaws.com", _ours(names)),
        _serve("EventsTell", "events.amazonaws.com", _ours(names)),
        _serve("DeliverLogs", "delivery.logs.amazonaws.com", _ours(names) | from_logs),
    ]


def _spark(sid: str, names: Names) -> Statement:
    applications = {"ArnLike": {"aws:SourceArn": names.arn("emr-serverless", "/applications/*")}}
    return _serve(sid, "emr-serverless.amazonaws.com", _ours(names) | applications)


def _ours(names: Names) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": names.environment.account}}


def _serve(sid: str, service: str, when: Conditions) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": when,
    }
