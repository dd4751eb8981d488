"""Executions as on AWS: times in the context object are UTC text with milliseconds, outputs JSON.

moto puts a datetime into `$$.Execution.StartTime`, and the first state that uses it makes the
execution unreadable; `$$.State.EnteredTime` it writes in another form. An output that is a string
it shows without its quotes, which is not JSON.
"""

from __future__ import annotations

import json
from datetime import datetime

from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)

from sparklaptop.untyped import Json, MotoObject


def apply() -> None:
    """Mend the three."""
    _start_time_as_text()
    _entered_time_as_on_aws()
    _outputs_as_json()


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _entered_time_as_on_aws() -> None:
    def state_data(**data: Json) -> dict[str, Json]:
        data["EnteredTime"] = _text(datetime.fromisoformat(data["EnteredTime"]))
        return data

    vars(state)["StateData"] = state_data


def _outputs_as_json() -> None:
    reflect = BaseExecutionWorkerCommunication._reflect_execution_status

    def _reflect_execution_status(self: MotoObject) -> None:
        reflect(self)
        if isinstance(self.execution.output, str):
            self.execution.output = json.dumps(self.execution.output)

    BaseExecutionWorkerCommunication._reflect_execution_status = _reflect_execution_status


def _start_time_as_text() -> None:
    details_of = Execution.get_start_execution_details

    def get_start_execution_details(self: MotoObject) -> MotoObject:
        details = details_of(self)
        if isinstance(details.start_time, datetime):
            details.start_time = _text(details.start_time)
        return details

    Execution.get_start_execution_details = get_start_execution_details
