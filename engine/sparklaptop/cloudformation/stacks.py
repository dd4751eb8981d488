"""The stacks of the laptop cloud: what each holds, and what they may say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sparklaptop.cloudformation.intrinsics import UnresolvedError, decide, resolve
from sparklaptop.cloudformation.resource import Physical
from sparklaptop.cloudformation.template import Template
from sparklaptop.untyped import Json


@dataclass(frozen=True, kw_only=True)
class Live:
    """A resource that exists, with the properties it was last given."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    physical: Physical
    retained: bool
    retained_when_replaced: bool


@dataclass(frozen=True, kw_only=True)
class Output:
    """A resolved output of a stack."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything a stack holds between two operations."""

    resources: Mapping[str, Live] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)


class Directory:
    """The outputs of all stacks of an account, by Region and stack name."""

    def __init__(self) -> None:
        self._outputs: dict[tuple[str, str], Mapping[str, Output]] = {}

    def set(self, region: str, stack: str, outputs: Mapping[str, Output]) -> None:
        """Make a stack's outputs known."""
        self._outputs[region, stack] = outputs

    def drop(self, region: str, stack: str) -> None:
        """Forget a stack."""
        self._outputs.pop((region, stack), None)

    def output(self, region: str, stack: str, key: str) -> str:
        """Value of an output.

        Raises:
            UnresolvedError: There is no such stack or output.
        """
        outputs = self._outputs.get((region, stack))
        if outputs is None:
            raise UnresolvedError(f"stack {stack} does not exist in {region}: deploy it first")
        if key not in outputs:
            has = ", ".join(sorted(outputs)) or "none"
            raise UnresolvedError(f"stack {stack} has no output {key} (it has: {has})")
        return outputs[key].value

    def export(self, region: str, name: str) -> str:
        """Value of an export.

        Raises:
            UnresolvedError: No stack exports that name.
        """
        for (place, _), outputs in self._outputs.items():
            for output in outputs.values():
                if place == region and output.export == name:
                    return output.value
        raise UnresolvedError(f"no stack exports {name}: deploy the stack that does first")


class StackScope:
    """What a template of one stack may refer to, while its resources come into being."""

    def __init__(
        self,
        *,
        template: Template,
        parameters: Mapping[str, Any],
        pseudo: Mapping[str, Any],
        directory: Directory,
    ) -> None:
        self._template = template
        self._values = {**pseudo, **parameters}
        self._region = str(pseudo["AWS::Region"])
        self._directory = directory
        self._conditions = template.section("Conditions")
        self._mappings = template.section("Mappings")
        self.physical: dict[str, Physical] = {}

    def ref(self, name: str) -> Json:
        """Value of a parameter, pseudo parameter, or a resource's physical id."""
        if name in self._values:
            return self._values[name]
        return self._existing(name).id

    def attribute(self, name: str, attribute: str) -> Json:
        """Value of an attribute of a resource."""
        attributes = self._existing(name).attributes
        if attribute not in attributes:
            kind = self._template.resources[name].type
            has = ", ".join(sorted(attributes)) or "none"
            raise UnresolvedError(f"{name} ({kind}) has no attribute {attribute} (it has: {has})")
        return attributes[attribute]

    def _existing(self, name: str) -> Physical:
        if name not in self._template.resources:
            raise UnresolvedError(f"{name} is neither a resource nor a parameter")
        if name not in self.physical:
            raise UnresolvedError(f"{name} does not exist: its condition is false")
        return self.physical[name]

    def condition(self, name: str) -> bool:
        """Value of a condition."""
        if name not in self._conditions:
            raise UnresolvedError(f"condition {name} is not defined")
        return decide(self._conditions[name], self)

    def mapping(self, name: str, first: str, second: str) -> Json:
        """Value out of a mapping."""
        try:
            return self._mappings[name][first][second]
        except KeyError as error:
            raise UnresolvedError(f"mapping {name} has no {first}.{second}") from error

    def export(self, name: str) -> Json:
        """Value that another stack exports."""
        return self._directory.export(self._region, name)

    def stack_output(self, stack: str, output: str, region: str | None) -> Json:
        """Value of another stack's output."""
        return self._directory.output(region or self._region, stack, output)


def resolve_outputs(template: Template, scope: StackScope) -> dict[str, Output]:
    """The outputs of a stack whose resources exist."""
    outputs = {}
    for key, declared in template.section("Outputs").items():
        if "Condition" in declared and not scope.condition(declared["Condition"]):
            continue
        export = declared.get("Export")
        outputs[key] = Output(
            key=key,
            value=str(resolve(declared["Value"], scope)),
            description=declared.get("Description"),
            export=str(resolve(export["Name"], scope)) if export else None,
        )
    return outputs
