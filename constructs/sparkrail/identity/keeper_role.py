"""What the keeper may do, and those who wake it."""

from __future__ import annotations

from collections.abc import Iterator

from sparkrail.identity.machine_basics import observed, own_state
from sparkrail.identity.statements import Statement, allow, use_key
from sparkrail.names import Names
from sparkrail.workflow.ledger import OPEN_INDEX


def keeper_statements(
    names: Names, *, ledger_arn: str, data_key: str, message_key: str
) -> list[Statement]:
    """Write what the keeper's states call, on what carries the environment's names or tags.

    Args:
        names: Of the environment.
        ledger_arn: The run ledger.
        data_key: ARN of the key of the ledger.
        message_key: ARN of the key of state machines.
    """
    return [
        *_ledger(names, ledger_arn),
        *_executions(names),
        *_spark(names),
        allow("Announce", ["events:PutEvents"], [names.arn("events", f"event-bus/{names.bus}")]),
        use_key("UseDataKey", data_key, ["dynamodb"], names=names),
        use_key("UseMessageKey", message_key, ["states"], names=names),
        own_state(names.keeper_arn, key_arn=message_key),
        *observed(names, key_arn=message_key),
    ]


def wake_statements(names: Names, *, message_key: str) -> list[Statement]:
    """Write what rules and the schedule need to wake the keeper.

    Args:
        names: Of the environment.
        message_key: ARN of the key of state machines and of the queue of dead letters.
    """
    return [
        allow("WakeKeeper", ["states:StartExecution"], [names.keeper_arn]),
        allow("LeaveWord", ["sqs:SendMessage"], [names.dead_letters_arn]),
        use_key("UseMessageKey", message_key, ["scheduler", "sqs", "states"], names=names),
    ]


def _ledger(names: Names, ledger_arn: str) -> Iterator[Statement]:
    executions = names.arn("states", f"execution:{names.prefix}-*")
    rows = ["job#*", "files#*", f"exec#{executions}"]
    yield allow(
        "KeepLedger",
        ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        [ledger_arn],
        when={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": rows}},
    )
    yield allow("FindOpenRows", ["dynamodb:Query"], [f"{ledger_arn}/index/{OPEN_INDEX}"])


def _executions(names: Names) -> Iterator[Statement]:
    executions = names.arn("states", f"execution:{names.prefix}-*:*")
    machines = names.arn("states", f"stateMachine:{names.prefix}-*")
    yield allow("SeeExecutions", ["states:DescribeExecution"], [executions])
    yield allow("StartAgain", ["states:StartExecution"], [machines])


def _spark(names: Names) -> Iterator[Statement]:
    """EMR Serverless names applications and runs by ids; tags say whose they are."""
    environment = names.environment
    tags = {
        "StringEquals": {
            "aws:ResourceTag/project": environment.project,
            "aws:ResourceTag/environment": environment.name,
        }
    }
    application = names.arn("emr-serverless", "/applications/*")
    yield allow("FindRuns", ["emr-serverless:ListJobRuns"], [application], when=tags)
    runs = f"{application}/jobruns/*"
    yield allow("EndRuns", ["emr-serverless:CancelJobRun"], [runs], when=tags)
