"""The CloudFormation API of the laptop cloud: moto's, with our engine under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudformation import models as moto_models

from sparklaptop.clients import Clients
from sparklaptop.cloudformation.operations import Operations
from sparklaptop.cloudformation.steps import StepClients
from sparklaptop.cloudformation.store import StackStore
from sparklaptop.cloudformation.view import LaptopStack
from sparklaptop.state.backends import Backends
from sparklaptop.state.rows import Rows
from sparklaptop.untyped import Json, MotoObject


def install(clients: Clients, rows: Rows, backends: Backends) -> StackStore:
    """Put our engine under moto's CloudFormation API.

    Args:
        clients: Where the laptop cloud is.
        rows: Keeps operations that have begun.
        backends: Keeps the stacks.
    """
    steps = StepClients(clients.endpoint, clients.region)
    store = StackStore(steps, Operations(rows, backends))

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
