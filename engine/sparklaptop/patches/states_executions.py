"""The optimized integration `states:startExecution`, with and without `.sync`.

moto sends the parameters as the state spells them, which its own API does not know, and shares the
loop for `.sync` that cannot be used (see `states_emr_serverless`). It also leaves the started
execution alone when the waiting one is stopped.
"""

from __future__ import annotations

import json
import time
from typing import Any

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
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (  # noqa: E501
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from sparklaptop.clients import Clients
from sparklaptop.patches.states_calls import call
from sparklaptop.patches.states_emr_serverless import passing
from sparklaptop.patches.states_errors import refused
from sparklaptop.untyped import MotoObject

_SERVICE = "stepfunctions"
_POLL_SECONDS = 0.1


def apply(clients: Clients) -> None:
    """Let tasks of this integration call as others do."""
    Sfn = StateTaskServiceSfn  # noqa: N806 (a class)
    wait_for_token = Sfn._eval_integration_pattern

    def normalise(_self: MotoObject, parameters: dict[str, Any], *_: MotoObject) -> None:
        given = parameters.get("Input", {})
        if not isinstance(given, str):
            parameters["Input"] = json.dumps(given, separators=(",", ":"), ensure_ascii=False)

    def start(
        self: MotoObject,
        env: MotoObject,
        resource_runtime_part: MotoObject,
        normalised_parameters: dict[str, Any],
        state_credentials: MotoObject,
    ) -> None:
        region, action = resource_runtime_part.region, self.resource.api_action
        answer = call(
            clients, _SERVICE, action, normalised_parameters, region=region, who=state_credentials
        )
        env.stack.append(answer)

    def follow(
        self: MotoObject,
        env: MotoObject,
        resource_runtime_part: MotoObject,
        normalised_parameters: dict[str, Any],
        state_credentials: MotoObject,
    ) -> None:
        if self.resource.condition == ResourceCondition.WaitForTaskToken:
            wait_for_token(
                self, env, resource_runtime_part, normalised_parameters, state_credentials
            )
            return
        started = _Started(
            clients,
            env.stack.pop()["ExecutionArn"],
            resource_runtime_part.region,
            state_credentials,
        )
        while env.is_running():
            found = started.look()
            if found and found["Status"] != "RUNNING":
                env.stack.append(_outcome(self, env, found))
                return
            time.sleep(_POLL_SECONDS)
        started.stop()

    def from_error(self: MotoObject, env: MotoObject, ex: Exception) -> MotoObject:
        if not isinstance(ex, ClientError):
            return super(Sfn, self)._from_error(env=env, ex=ex)
        code = str(ex.response["Error"].get("Code", "Unknown")).rsplit("#", 1)[-1]
        ex.response["Error"]["Code"] = code if code.endswith("Exception") else f"{code}Exception"
        return refused(self, env, ex)

    Sfn._normalise_parameters = normalise
    Sfn._normalise_response = lambda *_args, **_more: None
    Sfn._eval_service_task = start
    Sfn._eval_integration_pattern = follow
    Sfn._from_error = from_error


class _Started:
    """An execution that a task waits for.

    Args:
        clients: How it is looked at.
        execution: Its ARN.
        region: Where it is.
        who: The role of the machine that waits.
    """

    def __init__(self, clients: Clients, execution: str, region: str, who: MotoObject) -> None:
        self._clients = clients
        self._which = {"ExecutionArn": execution}
        self._region = region
        self._who = who

    def look(self) -> dict[str, Any] | None:
        """What became of it; None if the service cannot say now."""
        try:
            found: dict[str, Any] = self._call("describeExecution")
        except (ClientError, HTTPClientError) as error:
            if not passing(error):
                raise
            return None
        return found

    def stop(self) -> None:
        """Stop it, if the role may: Step Functions' best effort, as on AWS."""
        try:
            self._call("stopExecution")
        except (ClientError, HTTPClientError):
            return

    def _call(self, action: str) -> MotoObject:
        return call(
            self._clients, _SERVICE, action, self._which, region=self._region, who=self._who
        )


def _outcome(task: MotoObject, env: MotoObject, found: dict[str, Any]) -> dict[str, Any]:
    if found["Status"] != "SUCCEEDED":
        raise _failed(task, env, found)
    # `.sync:2` gives the output as JSON, `.sync` as text. (Step Functions guide.)
    if task.resource.condition == ResourceCondition.Sync2:
        return {**found, **{k: json.loads(found[k]) for k in ("Input", "Output") if k in found}}
    return found


def _failed(task: MotoObject, env: MotoObject, found: dict[str, Any]) -> FailureEventException:
    failed = StatesErrorNameType.StatesTaskFailed
    details = TaskFailedEventDetails(
        resource=task._get_sfn_resource(),
        resourceType=task._get_sfn_resource_type(),
        error=failed.to_name(),
        cause=json.dumps(found, separators=(",", ":")),
    )
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=failed),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),
        )
    )
