"""The stacks of the laptop cloud and what is done to them: one operation at a time, to its end."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

from moto.cloudformation import models as moto_models
from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError

from sparklaptop.cloudformation.engine import Changes, Operation, Place, check, remove
from sparklaptop.cloudformation.operations import Asked, Operations
from sparklaptop.cloudformation.problems import ResourceFailedError, TemplateError
from sparklaptop.cloudformation.stacks import Directory, StackScope
from sparklaptop.cloudformation.steps import StepClients
from sparklaptop.cloudformation.template import Template, parse
from sparklaptop.cloudformation.view import LaptopStack
from sparklaptop.untyped import MotoObject

log = logging.getLogger(__name__)
_SSM = "AWS::SSM::Parameter::Value<"
_NO_UPDATES = "No updates are to be performed."


class StackStore:
    """Runs the operations of the CloudFormation API, one at a time, each to its end.

    An operation that a killed server did not end is run again by `finish`: what it had done is
    not done twice (steps.py), the rest is done, and if that fails all of it is put back.

    Args:
        clients: How resources are made.
        operations: Keeps what has begun.
    """

    def __init__(self, clients: StepClients, operations: Operations) -> None:
        self._clients = clients
        self._operations = operations
        self._directory = Directory()
        self._lock = threading.Lock()

    def restore(self, account: str) -> None:
        """Take over the stacks that moto was filled with.

        Args:
            account: Whose.
        """
        for backend in moto_models.cloudformation_backends[account].values():
            for stack in backend.stacks.values():
                self._directory.set(stack.region_name, stack.name, stack.state.outputs)

    def finish(self) -> list[str]:
        """End what a killed server had begun; returns the names of the stacks.

        A creation or a change that fails now is put back, as it would have been then.
        """
        names = []
        for asked in self._operations.cut_off():
            backend = moto_models.cloudformation_backends[asked.account][asked.region]
            stack = asked.stack or backend.stacks[asked.identity]
            names.append(stack.name)
            try:
                with self._lock:
                    self._do(backend, stack, asked)
            except ValidationError as error:
                log.warning("stack %s: %s", stack.name, error)
        return names

    def create(
        self,
        backend: MotoObject,
        *,
        name: str,
        text: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str] | None,
    ) -> LaptopStack:
        """CreateStack; it returns when the stack is complete, or is not there at all.

        Raises:
            AlreadyExistsException: There is a stack of that name.
            ValidationError: The template was refused, or a resource failed.
        """
        with self._lock:
            if any(stack.name == name for stack in backend.stacks.values()):
                raise AlreadyExistsException(f"Stack [{name}] already exists")
            stack = LaptopStack(name=name, region=backend.region_name, account=backend.account_id)
            asked = Asked(
                what="create",
                account=backend.account_id,
                region=backend.region_name,
                stack=stack,
                text=text,
                parameters=dict(parameters),
                tags=tags,
            )
            self._operations.begin(asked)
            self._do(backend, stack, asked)
            return stack

    def update(
        self,
        backend: MotoObject,
        *,
        stack: LaptopStack,
        text: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str] | None,
    ) -> LaptopStack:
        """UpdateStack; it returns when the stack is complete or is again what it was.

        Raises:
            ValidationError: Nothing changes, the template was refused, or a resource failed.
        """
        with self._lock:
            asked = Asked(
                what="update",
                account=backend.account_id,
                region=backend.region_name,
                identity=stack.stack_id,
                text=text,
                parameters=dict(parameters),
                tags=tags,
            )
            self._operations.begin(asked)
            self._do(backend, stack, asked)
            return stack

    def delete(self, backend: MotoObject, stack: LaptopStack) -> None:
        """DeleteStack; what is retained stays."""
        with self._lock:
            asked = Asked(
                what="delete",
                account=backend.account_id,
                region=backend.region_name,
                identity=stack.stack_id,
            )
            self._operations.begin(asked)
            self._do(backend, stack, asked)

    def _do(self, backend: MotoObject, stack: LaptopStack, asked: Asked) -> None:
        self._clients.begin(asked.id)
        do = {"create": self._create, "update": self._update, "delete": self._delete}
        try:
            do[asked.what](backend, stack, asked)
        finally:
            self._operations.end(asked, backend)

    def _create(self, backend: MotoObject, stack: LaptopStack, asked: Asked) -> None:
        self._run(stack, asked)
        backend.stacks[stack.stack_id] = stack
        self._publish(backend, stack, [])
        stack.tell("CREATE_COMPLETE")

    def _update(self, backend: MotoObject, stack: LaptopStack, asked: Asked) -> None:
        exports = [export.name for export in stack.exports]
        before = (stack.template, dict(stack.state.outputs), dict(stack.tags))
        try:
            changes = self._run(stack, asked)
        except ValidationError:
            stack.tell("UPDATE_ROLLBACK_COMPLETE")
            raise
        after = (stack.template, dict(stack.state.outputs), dict(stack.tags))
        if not changes.any() and before == after:
            raise ValidationError(stack.name, message=_NO_UPDATES)
        self._publish(backend, stack, exports)
        stack.tell("UPDATE_COMPLETE", changes)

    def _delete(self, backend: MotoObject, stack: LaptopStack, asked: Asked) -> None:
        place = self._place(stack, asked)
        changes = remove(place, list(reversed(list(stack.state.resources.values()))))
        for export in stack.exports:
            backend.exports.pop(export.name, None)
        self._directory.drop(stack.region_name, stack.name)
        backend.stacks.pop(stack.stack_id, None)
        backend.deleted_stacks[stack.stack_id] = stack
        stack.tell("DELETE_COMPLETE", changes)

    def _run(self, stack: LaptopStack, asked: Asked) -> Changes:
        try:
            template = parse(_body(asked.text))
            check(stack.name, template)
            values = self._parameters(stack, template, asked.parameters)
            operation = Operation(
                place=self._place(stack, asked),
                template=template,
                scope=self._scope(stack, template, values),
                before=stack.state,
            )
            stack.state = operation.run()
        except (TemplateError, ResourceFailedError) as error:
            raise ValidationError(stack.name, message=str(error)) from error
        stack.resolved = values
        stack.describe(asked.text, template, asked.tags)
        return operation.changes

    def _place(self, stack: LaptopStack, asked: Asked) -> Place:
        return Place(
            stack=stack.name,
            account=stack.account_id,
            region=stack.region_name,
            clients=self._clients,
            operation=asked.id,
            tags=stack.tags if asked.tags is None else asked.tags,
        )

    def _scope(
        self, stack: LaptopStack, template: Template, parameters: Mapping[str, Any]
    ) -> StackScope:
        pseudo = {
            "AWS::AccountId": stack.account_id,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": stack.region_name,
            "AWS::StackId": stack.stack_id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return StackScope(
            template=template, parameters=parameters, pseudo=pseudo, directory=self._directory
        )

    def _parameters(
        self, stack: LaptopStack, template: Template, given: Mapping[str, str]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, declared in template.section("Parameters").items():
            value = given.get(name, declared.get("Default"))
            if value is None:
                message = f"Parameters: [{name}] must have values"
                raise ValidationError(stack.name, message=message)
            kind = str(declared.get("Type", "String"))
            if kind.startswith(_SSM):
                client = self._clients.get("ssm", stack.region_name)
                value = client.get_parameter(Name=value)["Parameter"]["Value"]
            values[name] = value.split(",") if "List" in kind else value
        return values

    def _publish(self, backend: MotoObject, stack: LaptopStack, old_exports: list[str]) -> None:
        self._directory.set(stack.region_name, stack.name, stack.state.outputs)
        for name in old_exports:
            backend.exports.pop(name, None)
        for export in stack.exports:
            backend.exports[export.name] = export


def _body(text: str) -> Mapping[str, Any]:
    # moto reads everything as YAML, which takes seconds for the templates of a large team.
    try:
        body = json.loads(text)
    except ValueError:
        body = moto_models.Stack.parse_template(text)
    return dict(body)
