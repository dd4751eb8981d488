"""What the machine of backfills may do: the calls that its states make, and nothing else."""

from __future__ import annotations

from sparkrail.identity.machine_basics import observed, own_state
from sparkrail.identity.statements import Statement, allow, use_key
from sparkrail.names import Names

_LEDGER = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
_EXECUTION_EVENTS_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule"
"""Step Functions makes this rule to hear of the end of an execution. (Step Functions guide.)"""


def backfill_statements(
    names: Names, *, ledger_arn: str, data_key: str, message_key: str
) -> list[Statement]:
    """Write the statements of the machine of backfills.

    It may not stop an execution: so a run that is under way when the backfill is stopped goes on
    and ends, and is found when the plan is taken up again. (docs/adr/0012-backfill.md)

    Args:
        names: Of the environment.
        ledger_arn: The run ledger.
        data_key: ARN of the key of the ledger.
        message_key: ARN of the key of machines.
    """
    rows = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["backfill#*"]}}
    machines = names.arn("states", f"stateMachine:{names.prefix}-*")
    executions = names.arn("states", f"execution:{names.prefix}-*:*")
    rule = names.arn("events", f"rule/{_EXECUTION_EVENTS_RULE}")
    hear = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    return [
        allow("KeepPlan", [f"dynamodb:{each}" for each in _LEDGER], [ledger_arn], when=rows),
        allow("StartRuns", ["states:StartExecution"], [machines]),
        allow("FollowRuns", ["states:DescribeExecution"], [executions]),
        allow("HearOfRuns", hear, [rule]),
        use_key("UseDataKey", data_key, ["dynamodb"], names=names),
        use_key("UseMessageKey", message_key, ["states"], names=names),
        own_state(names.backfill_machine_arn, key_arn=message_key),
        *observed(names, key_arn=message_key),
    ]
