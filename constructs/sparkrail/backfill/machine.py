"""The machine of backfills as resources, one per environment."""

from __future__ import annotations

from constructs import Construct

from sparkrail.backfill.definition import definition
from sparkrail.control.machine import control_machine
from sparkrail.fragment import include
from sparkrail.identity.backfill_role import backfill_statements
from sparkrail.names import Names


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
        include(
            self,
            control_machine(
                "Backfill",
                definition(names),
                machine_name=names.backfill_machine,
                role_name=names.backfill_role,
                logs_name=names.backfill_logs,
                may=may,
                may_what="Calls that backfills make",
                ledger=ledger,
                log_key=log_key,
                message_key=message_key,
                names=names,
            ),
        )
