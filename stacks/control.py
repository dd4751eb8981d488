"""What watches over the machines of jobs. After base and before all that it watches."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from sparkrail.backfill.machine import Backfill
from sparkrail.control.station import Keeper
from sparkrail.names import Names
from sparkrail.outputs import published
from sparkrail.settings import stack_settings


class ControlStack(Stack):
    """The keeper of an environment, and the machine of its backfills."""

    def __init__(self, scope: Construct, *, names: Names) -> None:
        settings = stack_settings("control", "The keeper of runs, and backfills", names=names)
        super().__init__(scope, "control", **settings)
        shared: dict[str, Any] = {
            "ledger": published(names, "base", "LedgerName"),
            "data_key": published(names, "base", "DataKeyArn"),
            "log_key": published(names, "base", "LogKeyArn"),
            "message_key": published(names, "base", "MessageKeyArn"),
            "names": names,
        }
        self.keeper = Keeper(self, "Keeper", **shared)
        self.backfill = Backfill(self, "Backfill", **shared)
