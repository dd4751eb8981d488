"""What every machine may do: be logged, be traced, encrypt its own data."""

from __future__ import annotations

from sparkrail.identity.statements import Statement, allow
from sparkrail.names import Names

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


def observed(names: Names, *, key_arn: str) -> list[Statement]:
    """Let a machine be logged and traced.

    Args:
        names: Of the environment.
        key_arn: Encrypts its data.
    """
    delivery = {"StringEquals": {"kms:EncryptionContext:SourceArn": names.arn("logs", "*")}}
    return [
        allow("EncryptLogs", ["kms:GenerateDataKey"], [key_arn], when=delivery),
        allow("DeliverLogs", _LOG_DELIVERY, ["*"]),
        allow("SendTraces", _TRACES, ["*"]),
    ]


def own_state(machine_arn: str, *, key_arn: str) -> Statement:
    """Let a machine encrypt its own data and nothing else.

    Args:
        machine_arn: The machine.
        key_arn: Its key.
    """
    machine = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": machine_arn}}
    return allow("EncryptState", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn], when=machine)
