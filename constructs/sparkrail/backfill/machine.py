"""The machine of backfills as resources, one per environment."""

from __future__ import annotations

from constructs import Construct

from sparkrail.backfill.definition import definition
from sparkrail.fragment import include, resource
from sparkrail.identity.backfill_role import backfill_statements
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.names import Names
from sparkrail.workflow.machine import machine


class Backfill(Construct):
    """A machine that works off plans which `sparkrail backfill` writes into the run ledger.

    It tells nobody of a run that failed: the machine of the job does.

    Args:
        ledger: Name of the run ledger.
        data_key: ARN of the key of the ledger.
        log_key: ARN of the key of logs.
        message_key: ARN of the key of machines.
        names: Of the environment.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        ledger: str,
        data_key: str,
        log_key: str,
        message_key: str,
        names: Names,
    ) -> None:
        super().__init__(scope, id_)
        may = backfill_statements(
            names,
            ledger_arn=names.arn("dynamodb", f"table/{ledger}"),
            data_key=data_key,
            message_key=message_key,
        )
        logs = {
            "LogGroupName": names.backfill_logs,
            "KmsKeyId": log_key,
            "RetentionInDays": names.environment.log_retention_days,
        }
        by_states = trust(
            "states.amazonaws.com", names=names, source_arn=names.backfill_machine_arn
        )
        include(
            self,
            {
                "BackfillLogs": resource("AWS::Logs::LogGroup", logs),
                "BackfillPolicy": managed_policy("Calls that backfills make", may),
                "BackfillRole": role(
                    names.backfill_role,
                    trust_policy=by_states,
                    policies=[{"Ref": "BackfillPolicy"}],
                ),
                "Backfill": machine(
                    names.backfill_machine,
                    definition(names),
                    substitutions={"LedgerName": ledger},
                    role="BackfillRole",
                    logs_arn={"Fn::GetAtt": ["BackfillLogs", "Arn"]},
                    key_arn=message_key,
                ),
            },
        )
