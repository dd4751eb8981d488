"""Errors of states as on AWS.

In moto a refused call of an optimized integration is States.Runtime, which no Retry or Catch should
ever see; a Map item that fails with a States.* error loses its cause; StopExecution inside a Map
ends FAILED; and StopExecution right after the start is an error of the server.
"""

from __future__ import annotations

import time

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback as callback,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from sparklaptop.untyped import MotoObject

PREFIXES = {
    "emr-serverless": "EMRServerless",
    "events": "EventBridge",
    "glue": "Glue",
    "sns": "SNS",
    "sqs": "SQS",
    "states": "StepFunctions",
}
"""How the errors of an optimized integration begin."""
_START_SECONDS = 5.0


class _AnyErrorName(ErrorName):  # type: ignore[misc]
    """An error name handed on from inside: it may begin with `States.`."""


def apply() -> None:
    """Mend the four."""
    _map_refused_calls()
    iteration_worker.CustomErrorName = _AnyErrorName
    _keep_stopped()
    _stop_when_started()


def refused(task: MotoObject, env: MotoObject, error: ClientError) -> FailureEvent:
    """A refused call of an optimized integration, as a task error that Retry and Catch can name."""
    service = task.resource.service_name
    code = str(error.response["Error"].get("Code", "Unknown")).rsplit("#", 1)[-1]
    name = f"{PREFIXES.get(service, service)}.{code}"
    cause = f"{error.response['Error'].get('Message', error)} (Service: {service}; Code: {code})"
    details = TaskFailedEventDetails(
        resource=task._get_sfn_resource(),
        resourceType=task._get_sfn_resource_type(),
        error=name,
        cause=cause,
    )
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(name),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=details),
    )


def _map_refused_calls() -> None:
    before = callback.StateTaskServiceCallback._from_error

    def from_error(self: MotoObject, env: MotoObject, ex: Exception) -> MotoObject:
        return refused(self, env, ex) if isinstance(ex, ClientError) else before(self, env, ex)

    callback.StateTaskServiceCallback._from_error = from_error


def _keep_stopped() -> None:
    before = Environment.set_error

    def set_error(self: MotoObject, error: MotoObject) -> None:
        if not isinstance(self._program_state, ProgramStopped):
            before(self, error)

    Environment.set_error = set_error


def _stop_when_started() -> None:
    before = ExecutionWorker.stop

    def stop(self: MotoObject, stop_date: MotoObject, error: str | None, cause: str | None) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while (self.env is None or not self.env.is_running()) and time.monotonic() < deadline:
            if self.env is not None and self.env._program_state is not None:
                return
            time.sleep(0.01)
        before(self, stop_date=stop_date, error=error, cause=cause)

    ExecutionWorker.stop = stop
