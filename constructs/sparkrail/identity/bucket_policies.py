"""Policies of buckets."""

from __future__ import annotations

from typing import Any

from sparkrail.identity.statements import Statement, document
from sparkrail.names import Names

_MIN_TLS = "1.2"
_KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"


def data_bucket_policy(bucket_arn: str, key_arn: str) -> dict[str, Any]:
    """Refuse old or no TLS, and any key but the bucket's.

    Args:
        bucket_arn: The bucket.
        key_arn: Its key. A write that names no key gets this one.
    """
    other_key = {
        "StringNotEquals": {_KEY_HEADER: key_arn},
        "Null": {_KEY_HEADER: "false"},
    }
    everything = f"{bucket_arn}/*"
    return document(
        [*_only_tls(bucket_arn), _deny("OnlyOurKey", "s3:PutObject", [everything], other_key)]
    )


def access_logs_policy(bucket: str, names: Names) -> dict[str, Any]:
    """Let S3 deliver access logs of this account, and refuse old or no TLS.

    Args:
        bucket: Name of the bucket for access logs.
        names: Of the environment.
    """
    deliver = {
        "Sid": "DeliverAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": names.bucket_arn(bucket, "*"),
        "Condition": {"StringEquals": {"aws:SourceAccount": names.environment.account}},
    }
    return document([deliver, *_only_tls(names.bucket_arn(bucket))])


def _only_tls(bucket_arn: str) -> list[Statement]:
    both = [bucket_arn, f"{bucket_arn}/*"]
    return [
        _deny("OnlyTls", "s3:*", both, {"Bool": {"aws:SecureTransport": "false"}}),
        _deny("OnlyNewTls", "s3:*", both, {"NumericLessThan": {"s3:TlsVersion": _MIN_TLS}}),
    ]


def _deny(sid: str, action: str, resources: list[str], when: dict[str, Any]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resources,
        "Condition": when,
    }
