"""The optimized integration `emr-serverless:startJobRun`, with and without `.sync`.

moto refuses it. Its own loop for `.sync` cannot be used: with services that have no task token it
raises, and with one every Retry times out at once.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError, HTTPClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (  # noqa: E501
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sparklaptop.clients import Clients
from sparklaptop.patches.states_calls import call
from sparklaptop.untyped import MotoObject

if TYPE_CHECKING:
    from sparklaptop.emrserverless.api import Service

_SERVICE = "emr-serverless"
_TERMINAL = {"SUCCESS", "FAILED", "CANCELLED"}
_ACTIONS = {"cancelJobRun", "startApplication", "startJobRun", "stopApplication"}
_POLL_SECONDS = 0.1
# A run is looked at when it has ended, and now and then, as whoever waits for it on AWS does.
_LOOK_SECONDS = 2.0
_CANCEL_TRIES = 10
_SLOWER, _SERVER_FAULT = 429, 500


def passing(error: ClientError | HTTPClientError) -> bool:
    """Whether an error says nothing about the request: no answer, 5xx, too many calls."""
    if isinstance(error, HTTPClientError):
        return True
    status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return status >= _SERVER_FAULT or status == _SLOWER


def apply(clients: Clients, region: str, runs: Service) -> None:
    """Let the factory of tasks make ours."""
    EmrServerless.clients = clients
    EmrServerless.runs = runs
    before = state_task_factory.state_task_service_for

    def state_task_service_for(service_name: str) -> MotoObject:
        return EmrServerless() if service_name == _SERVICE else before(service_name)

    state_task_factory.state_task_service_for = state_task_service_for
    # Made once here: an execution should not wait for the client's model to load.
    clients.get(_SERVICE, region, validate=False)


class EmrServerless(StateTaskServiceCallback):  # type: ignore[misc]
    """A task that calls EMR Serverless and, with `.sync`, waits for the run's end.

    A program of states is kept pickled, so a task holds nothing of the server.

    Attributes:
        clients: How all of them call.
        runs: Knows when one has ended.
    """

    clients: ClassVar[Clients]
    runs: ClassVar[Service]

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns={ResourceCondition.Sync})

    def _get_supported_parameters(self) -> set[str] | None:
        # None means "not recognized"; the API itself refuses unknown parameters.
        return set() if self.resource.api_action in _ACTIONS else None

    def _call(
        self, action: str, parameters: dict[str, Any], region: str, who: MotoObject
    ) -> MotoObject:
        return call(self.clients, _SERVICE, action, parameters, region=region, who=who)

    def _eval_service_task(
        self,
        env: MotoObject,
        resource_runtime_part: MotoObject,
        normalised_parameters: dict[str, Any],
        state_credentials: MotoObject,
    ) -> None:
        region = resource_runtime_part.region
        action = self.resource.api_action
        env.stack.append(self._call(action, normalised_parameters, region, state_credentials))

    def _eval_integration_pattern(
        self,
        env: MotoObject,
        resource_runtime_part: MotoObject,
        normalised_parameters: dict[str, Any],
        state_credentials: MotoObject,
    ) -> None:
        region = resource_runtime_part.region
        started = env.stack[-1]
        if self.resource.api_action != "startJobRun":
            return
        which = {key: started[key] for key in ("ApplicationId", "JobRunId")}
        while env.is_running():
            run = self._look(which, region, state_credentials)
            if run and run["State"] in _TERMINAL:
                env.stack.append(self._outcome(env, run))
                return
            if run:
                self._wait(env, which)
            else:
                time.sleep(_POLL_SECONDS)
        self._cancel(which, region, state_credentials)

    def _wait(self, env: MotoObject, which: dict[str, str]) -> None:
        deadline = time.monotonic() + _LOOK_SECONDS
        application, run = which["ApplicationId"], which["JobRunId"]
        while env.is_running() and time.monotonic() < deadline:
            if self.runs.wait(application, run, _POLL_SECONDS):
                return

    def _look(self, which: dict[str, str], region: str, who: MotoObject) -> dict[str, Any] | None:
        """The run; None if the service cannot say now: the run goes on, and so must its task."""
        try:
            run: dict[str, Any] = self._call("getJobRun", which, region, who)["JobRun"]
        except (ClientError, HTTPClientError) as error:
            if not passing(error):
                raise
            return None
        return run

    def _cancel(self, which: dict[str, str], region: str, who: MotoObject) -> None:
        # Timeout or StopExecution: Step Functions' best effort, as on AWS.
        for _ in range(_CANCEL_TRIES):
            try:
                self._call("cancelJobRun", which, region, who)
            except (ClientError, HTTPClientError) as error:
                if passing(error):
                    time.sleep(_POLL_SECONDS)
                    continue
            return

    def _outcome(self, env: MotoObject, run: dict[str, Any]) -> dict[str, Any]:
        if run["State"] == "SUCCESS":
            return run
        failed = StatesErrorNameType.StatesTaskFailed
        details = TaskFailedEventDetails(
            resource=self._get_sfn_resource(),
            resourceType=self._get_sfn_resource_type(),
            error=failed.to_name(),
            cause=json.dumps(run, separators=(",", ":")),
        )
        raise FailureEventException(
            FailureEvent(
                env=env,
                error_name=StatesErrorName(typ=failed),
                event_type=HistoryEventType.TaskFailed,
                event_details=EventDetails(taskFailedEventDetails=details),
            )
        )
