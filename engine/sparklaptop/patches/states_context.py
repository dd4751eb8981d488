"""Executions as on AWS: `$$.Execution.StartTime` is text, and an output is JSON.

moto puts a datetime there, and the first state that uses it makes the execution unreadable. An
output that is a string it shows without its quotes, which is not JSON.
"""

from __future__ import annotations

import json

from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)

from sparklaptop.untyped import MotoObject


def apply() -> None:
    """Mend both."""
    _start_time_as_text()
    _outputs_as_json()


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
        start = details.start_time
        if hasattr(start, "isoformat"):
            text = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            details.start_time = text
        return details

    Execution.get_start_execution_details = get_start_execution_details
