"""A machine of an environment as resources: its log group, its role, what that may do, itself."""

from __future__ import annotations

from collections.abc import Iterable

from sparkrail.fragment import Resources, resource
from sparkrail.identity.statements import Statement, managed_policy, role, trust
from sparkrail.names import Names
from sparkrail.workflow.machine import machine


def control_machine(
    id_: str,
    definition: str,
    *,
    machine_name: str,
    role_name: str,
    logs_name: str,
    may: Iterable[Statement],
    may_what: str,
    ledger: str,
    log_key: str,
    message_key: str,
    names: Names,
) -> Resources:
    """Write a machine that works on the run ledger, and all that it needs.

    Args:
        id_: Logical id of the machine; those of the others begin with it.
        definition: As JSON; `${LedgerName}` in it is filled in by the deploy.
        machine_name: Physical name of the machine.
        role_name: Physical name of its role.
        logs_name: Name of its log group.
        may: What the role may do.
        may_what: The same in words.
        ledger: Name of the run ledger.
        log_key: ARN of the key of logs.
        message_key: ARN of the key of machines.
        names: Of the environment.
    """
    logs, policy, role_id = f"{id_}Logs", f"{id_}Policy", f"{id_}Role"
    group = {
        "LogGroupName": logs_name,
        "KmsKeyId": log_key,
        "RetentionInDays": names.environment.log_retention_days,
    }
    arn = names.arn("states", f"stateMachine:{machine_name}")
    by_states = trust("states.amazonaws.com", names=names, source_arn=arn)
    return {
        logs: resource("AWS::Logs::LogGroup", group),
        policy: managed_policy(may_what, may),
        role_id: role(role_name, trust_policy=by_states, policies=[{"Ref": policy}]),
        id_: machine(
            machine_name,
            definition,
            substitutions={"LedgerName": ledger},
            role=role_id,
            logs_arn={"Fn::GetAtt": [logs, "Arn"]},
            key_arn=message_key,
        ),
    }
