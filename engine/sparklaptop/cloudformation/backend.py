"""The CloudFormation API of the laptop cloud: moto's, with our engine under it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from moto.cloudformation import models as moto_models
from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError

from sparklaptop.clients import Clients
from sparklaptop.cloudformation.engine import Changes, Operation, Place, check, remove
from sparklaptop.cloudformation.problems import ResourceFailedError, TemplateError
from sparklaptop.cloudformation.stacks import Directory, StackScope
from sparklaptop.cloudformation.template import Template, parse
from sparklaptop.cloudformation.view import LaptopStack
from sparklaptop.untyped import Json, MotoObject

_SSM = "AWS::SSM::Parameter::Value<"
_NO_UPDATES = "No updates are to be performed."


class StackStore:
    """Runs the operations of the CloudFormation API, one at a time.

    Args:
        clients: How resources are made.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._directory = Directory()
        self._lock = threading.Lock()

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
            self._run(stack, text, parameters, tags)
            backend.stacks[stack.stack_id] = stack
            self._publish(backend, stack, [])
            stack.tell("CREATE_COMPLETE")
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
            exports = [export.name for export in stack.exports]
            before = (stack.template, dict(stack.state.outputs), dict(stack.tags))
            try:
                changes = self._run(stack, text, parameters, tags)
            except ValidationError:
                stack.tell("UPDATE_ROLLBACK_COMPLETE")
                raise
            after = (stack.template, dict(stack.state.outputs), dict(stack.tags))
            if not changes.any() and before == after:
                raise ValidationError(stack.name, message=_NO_UPDATES)
            self._publish(backend, stack, exports)
            stack.tell("UPDATE_COMPLETE", changes)
            return stack

    def delete(self, backend: MotoObject, stack: LaptopStack) -> None:
        """DeleteStack; what is retained stays."""
        with self._lock:
            place = self._place(stack)
            changes = remove(place, list(reversed(list(stack.state.resources.values()))))
            for export in stack.exports:
                backend.exports.pop(export.name, None)
            self._directory.drop(stack.region_name, stack.name)
            backend.stacks.pop(stack.stack_id, None)
            backend.deleted_stacks[stack.stack_id] = stack
            stack.tell("DELETE_COMPLETE", changes)

    def _run(
        self,
        stack: LaptopStack,
        text: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str] | None,
    ) -> Changes:
        try:
            template = parse(_body(text))
            check(stack.name, template)
            values = self._parameters(stack, template, parameters)
            operation = Operation(
                place=self._place(stack),
                template=template,
                scope=self._scope(stack, template, values),
                before=stack.state,
            )
            stack.state = operation.run()
        except (TemplateError, ResourceFailedError) as error:
            raise ValidationError(stack.name, message=str(error)) from error
        stack.resolved = values
        stack.describe(text, template, tags)
        return operation.changes

    def _place(self, stack: LaptopStack) -> Place:
        return Place(
            stack=stack.name,
            account=stack.account_id,
            region=stack.region_name,
            clients=self._clients,
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


def install(clients: Clients) -> StackStore:
    """Put our engine under moto's CloudFormation API."""
    store = StackStore(clients)

    def create_stack(
        self: MotoObject,
        name: str,
        template: str,
        parameters: Mapping[str, str],
        *_: MotoObject,
        tags: Mapping[str, str] | None = None,
        **__: MotoObject,
    ) -> LaptopStack:
        return store.create(self, name=name, text=template, parameters=parameters, tags=tags)

    def update_stack(
        self: MotoObject,
        name: str,
        *,
        template: str,
        parameters: list[dict[str, Any]],
        tags: Mapping[str, str] | None,
        **_: Json,
    ) -> LaptopStack:
        stack = self.get_stack(name)
        given = {
            one["ParameterKey"]: stack.resolved.get(one["ParameterKey"])
            if one.get("UsePreviousValue")
            else one["ParameterValue"]
            for one in parameters or []
        }
        return store.update(self, stack=stack, text=template, parameters=given, tags=tags)

    def delete_stack(self: MotoObject, name_or_stack_id: str) -> None:
        for stack in list(self.stacks.values()):
            if name_or_stack_id in (stack.name, stack.stack_id):
                store.delete(self, stack)

    backend = moto_models.CloudFormationBackend
    backend.create_stack = create_stack
    backend.update_stack = update_stack
    backend.delete_stack = delete_stack
    return store
