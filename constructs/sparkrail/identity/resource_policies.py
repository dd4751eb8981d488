"""Policies of topics and queues."""

from __future__ import annotations

from typing import Any

from sparkrail.identity.statements import Statement, document
from sparkrail.names import Names


def dead_letters_policy(queue_arn: str, names: Names) -> dict[str, Any]:
    """Let rules of this environment leave what they could not deliver, over TLS only.

    Schedules leave it with their own role.

    Args:
        queue_arn: The queue.
        names: Of the environment.
    """
    rules = [f"rule/{names.prefix}-*", f"rule/{names.bus}/{names.prefix}-*"]
    leave_word = {
        "Sid": "RulesLeaveWord",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": names.environment.account},
            "ArnLike": {"aws:SourceArn": [names.arn("events", each) for each in rules]},
        },
    }
    return document([leave_word, _refuse_plain("sqs:*", queue_arn)])


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
