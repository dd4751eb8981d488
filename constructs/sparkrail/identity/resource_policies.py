"""Policies of topics and queues."""

from __future__ import annotations

from typing import Any

from sparkrail.identity.statements import Statement, document
from sparkrail.names import Names


def only_tls(action: str, resource_arn: str) -> dict[str, Any]:
    """Refuse what does not come over TLS.

    Args:
        action: What is refused.
        resource_arn: On what.
    """
    return document([_refuse_plain(action, resource_arn)])


def topic_policy(topic_arn: str, names: Names) -> dict[str, Any]:
    """Let alarms of this account publish, over TLS only.

    Args:
        topic_arn: The topic.
        names: Of the environment.
    """
    alarms = {
        "Sid": "AlarmsTell",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"aws:SourceAccount": names.environment.account}},
    }
    return document([alarms, _refuse_plain("sns:Publish", topic_arn)])


def _refuse_plain(action: str, resource_arn: str) -> Statement:
    return {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resource_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
