"""A stack as moto's CloudFormation responses look at it, holding our state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudformation import models as moto_models
from moto.cloudformation.utils import generate_stack_id

from sparklaptop.cloudformation.engine import Changes
from sparklaptop.cloudformation.stacks import State
from sparklaptop.cloudformation.template import Template


class _Resource:
    """A resource as moto's responses look at it."""

    def __init__(self, logical_id: str, kind: str, physical_id: str) -> None:
        self.logical_resource_id = logical_id
        self.cf_resource_type = kind
        self.physical_resource_id = physical_id


class LaptopStack(moto_models.Stack):  # type: ignore[misc]
    """A stack as moto's responses look at it, holding our state."""

    def __init__(self, *, name: str, region: str, account: str) -> None:
        super().__init__(
            stack_id=generate_stack_id(name, region, account),
            name=name,
            template={},
            parameters={},
            account_id=account,
            region_name=region,
        )
        self.state = State()
        self.resolved: dict[str, Any] = {}

    def describe(self, text: str, template: Template, tags: Mapping[str, str] | None) -> None:
        """Remember the template and tags that are in force."""
        self.template = text
        self.template_dict = dict(template.body)
        self.description = template.body.get("Description")
        if tags is not None:
            self.tags = dict(tags)

    def tell(self, status: str, changes: Changes | None = None) -> None:
        """Set the status and write it into the stack's events."""
        self.status = status
        for note in changes.notes if changes else []:
            self._add_stack_event(status, resource_status_reason=note)
        self._add_stack_event(status)

    @property
    def outputs(self) -> list[dict[str, Any]] | None:
        """The outputs in the shape of DescribeStacks."""
        return [
            {
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export,
            }
            for output in self.state.outputs.values()
        ] or None

    @property
    def exports(self) -> list[Any]:
        """The exports in the shape of ListExports."""
        return [
            moto_models.Export(self.stack_id, output.export, output.value)
            for output in self.state.outputs.values()
            if output.export
        ]

    @property
    def stack_resources(self) -> list[_Resource]:
        """The resources in the shape of DescribeStackResources."""
        return [
            _Resource(name, live.type, live.physical.id)
            for name, live in self.state.resources.items()
        ]

    @property
    def parameter_list(self) -> list[dict[str, Any]]:
        """The parameters in the shape of DescribeStacks."""
        return [
            {"ParameterKey": key, "ParameterValue": value} for key, value in self.resolved.items()
        ]

    @property
    def stack_parameters(self) -> dict[str, Any]:
        """The parameters by name."""
        return self.resolved
