"""Step Functions Execution Status Change.

(Step Functions guide, EventBridge integration.)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus, StateMachineType
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.backend.execution import (
    BaseExecutionWorkerCommunication,
    Execution,
)

from sparklaptop.events import trace
from sparklaptop.events.router import Router
from sparklaptop.untyped import MotoObject

_KIND = "Step Functions Execution Status Change"
# Input and output are left out together when they are longer.
_MOST_BYTES = 248 * 1024


def apply(router: Router) -> None:
    """Send an event when an execution starts and when it ends."""
    start, terminated = Execution.start, BaseExecutionWorkerCommunication.terminated

    def started(self: MotoObject) -> None:
        # Before it runs: its end must not be told first. Whoever lists it now sees it run.
        self.exec_status = ExecutionStatus.RUNNING
        tell(router, self, ExecutionStatus.RUNNING)
        start(self)

    def ended(self: MotoObject) -> None:
        terminated(self)
        tell(router, self.execution, self.execution.exec_status)

    Execution.start = started
    BaseExecutionWorkerCommunication.terminated = ended


def tell(router: Router, execution: MotoObject, status: MotoObject) -> None:
    """Tell of an execution that is in a state."""
    if execution.sm_type == StateMachineType.EXPRESS:
        return
    depth, _ = trace.read(execution.trace_header)
    router.emit(
        "aws.states",
        _KIND,
        detail(execution, status),
        region=execution.region_name,
        resources=[execution.exec_arn],
        depth=depth,
    )


def detail(execution: MotoObject, status: MotoObject) -> dict[str, Any]:
    """What the event says of an execution in a state."""
    over = status != ExecutionStatus.RUNNING
    text = to_json_str(execution.input_data, separators=(",", ":"))
    output = None
    if status == ExecutionStatus.SUCCEEDED:
        output = to_json_str(execution.output, separators=(",", ":"))
    included = len(text.encode()) + len((output or "").encode()) <= _MOST_BYTES
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "name": execution.name,
        "status": str(status.value),
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date) if over else None,
        "input": text if included else None,
        "inputDetails": {"included": included},
        "output": output if included else None,
        "outputDetails": {"included": included} if output is not None else None,
        "error": execution.error if over else None,
        "cause": execution.cause if over else None,
    }


def _milliseconds(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None
