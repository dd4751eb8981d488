"""A call of a state whose reply is lost is an error that Retry can name, as on AWS.

moto makes States.Runtime of it, which ends the execution whatever its Retry says. On AWS it is the
service's SdkClientException. (reference: Step Functions guide, AWS SDK integrations.)
"""

from __future__ import annotations

from botocore.exceptions import HTTPClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback as callback,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sparklaptop.patches.states_errors import PREFIXES
from sparklaptop.untyped import MotoObject

_SDK = "aws-sdk"


def apply() -> None:
    """Name the error; after `states_errors`, which names those of replies that came."""
    before = callback.StateTaskServiceCallback._from_error

    def from_error(self: MotoObject, env: MotoObject, ex: Exception) -> MotoObject:
        if isinstance(ex, HTTPClientError):
            return _lost(self, env, ex)
        return before(self, env, ex)

    callback.StateTaskServiceCallback._from_error = from_error


def _lost(task: MotoObject, env: MotoObject, error: HTTPClientError) -> FailureEvent:
    name = f"{_prefix(task)}.SdkClientException"
    details = TaskFailedEventDetails(
        resource=task._get_sfn_resource(),
        resourceType=task._get_sfn_resource_type(),
        error=name,
        cause=f"Unable to execute HTTP request: {error}",
    )
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(name),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=details),
    )


def _prefix(task: MotoObject) -> str:
    service = task.resource.service_name
    if service == _SDK:
        name: str = sdk.StateTaskServiceAwsSdk._normalise_service_error_name(task.resource.api_name)
        return name
    return PREFIXES.get(service, str(service))
