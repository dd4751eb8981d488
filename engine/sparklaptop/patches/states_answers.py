"""Step Functions names executions, keeps the words of StopExecution, refuses machines to nowhere.

moto calls every execution without a name None, forgets error and cause of a stop, answers without
a date, has no name for the error of an input that is not JSON, and takes a definition whose
transitions name states that do not exist.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.stepfunctions.exceptions import AWSError, InvalidExecutionInput
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from sparklaptop.untyped import MotoObject


class RefusedDefinitionError(AWSError):  # type: ignore[misc]
    """InvalidDefinition, as moto can write it."""

    TYPE = "InvalidDefinition"


def apply() -> None:
    """Mend them."""
    _keep_words()
    _check_start()
    _check_transitions()


def _keep_words() -> None:
    def stop_execution(self: MotoObject) -> ActionResult:
        stopped = self.stepfunction_backend.stop_execution(self._get_param("executionArn"))
        for name in ("error", "cause"):
            if (given := self._get_param(name)) is not None:
                setattr(stopped, name, given)
        return ActionResult({"stopDate": stopped.stop_date or utcnow()})

    StepFunctionResponse.stop_execution = stop_execution


def _check_start() -> None:
    def start_execution(self: MotoObject) -> ActionResult:
        given = self._get_param("input") or "{}"
        try:
            json.loads(given)
        except ValueError as error:
            words = f"Invalid State Machine Execution Input: '{error}'"
            raise InvalidExecutionInput(words) from error
        name = self._get_param("name") or str(uuid4())
        machine = self._get_param("stateMachineArn")
        started = self.stepfunction_backend.start_execution(machine, name, given)
        return ActionResult(
            {"executionArn": started.execution_arn, "startDate": started.start_date}
        )

    StepFunctionResponse.start_execution = start_execution


def _check_transitions() -> None:
    before = StepFunctionsParserBackend._validate_definition

    def validate(definition: str) -> None:
        try:
            before(definition=definition)
        except InvalidDefinition as error:
            raise RefusedDefinitionError(f"Invalid State Machine Definition: {error}") from error
        missing = list(_missing(json.loads(definition), "/States"))
        if missing:
            raise RefusedDefinitionError(
                "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: "
                f"{'; '.join(missing)}'"
            )

    StepFunctionsParserBackend._validate_definition = staticmethod(validate)


def _missing(machine: dict[str, Any], path: str) -> Iterator[str]:
    states: dict[str, Any] = machine.get("States") or {}
    if machine.get("StartAt") not in states:
        yield f"Missing 'Next' target: {machine.get('StartAt')} at {path}, StartAt"
    for name, state in states.items():
        place = f"{path}/{name}"
        steps = [state, *state.get("Choices", ()), *state.get("Catch", ())]
        targets = [step["Next"] for step in steps if "Next" in step]
        targets += [state["Default"]] if "Default" in state else []
        for target in targets:
            if target not in states:
                yield f"Missing 'Next' target: {target} at {place}"
        inner = [state.get("Iterator"), state.get("ItemProcessor"), *state.get("Branches", ())]
        for number, one in enumerate(filter(None, inner)):
            yield from _missing(one, f"{place}/{number}/States")
