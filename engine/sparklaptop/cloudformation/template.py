"""A CloudFormation template as data: what it declares and what refers to what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sparklaptop.cloudformation.problems import Problem
from sparklaptop.untyped import Json

RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})
_SECTIONS = frozenset(
    [
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "Condition",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdateReplacePolicy",
    ]
)
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One resource as the template declares it, with nothing resolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None
    retained: bool
    retained_when_replaced: bool
    depends_on: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Template:
    """A parsed template."""

    body: Mapping[str, Any]
    resources: Mapping[str, Declared]
    problems: tuple[Problem, ...] = field(default=())

    def section(self, name: str) -> Mapping[str, Any]:
        """A section of the template; empty if it is absent."""
        found = self.body.get(name) or {}
        return dict(found)

    def in_order(self) -> list[str]:
        """Logical ids, each after everything that it needs.

        Raises:
            CycleError: Resources refer to each other in a circle.
        """
        graph = {name: set(one.depends_on) for name, one in self.resources.items()}
        return list(TopologicalSorter(graph).static_order())


def parse(body: Mapping[str, Any]) -> Template:
    """Read a template; what is wrong with it is in `problems`."""
    problems = [
        Problem(text=f"section {name} is not understood by the laptop cloud")
        for name in sorted(set(body) - _SECTIONS)
    ]
    declared = body.get("Resources") or {}
    if not declared:
        problems.append(Problem(text="it declares no resources"))
    resources: dict[str, Declared] = {}
    for name, one in declared.items():
        resources[name] = _declared(name, one, set(declared))
        problems += _problems_of(name, one, declared)
    template = Template(body=body, resources=resources, problems=tuple(problems))
    try:
        template.in_order()
    except CycleError as error:
        circle = Problem(text=f"resources refer to each other in a circle: {error.args[1]}")
        return Template(body=body, resources=resources, problems=(*problems, circle))
    return template


def _declared(name: str, one: Mapping[str, Any], known: set[str]) -> Declared:
    depends = one.get("DependsOn", [])
    named = {depends} if isinstance(depends, str) else set(depends)
    properties = one.get("Properties") or {}
    return Declared(
        logical_id=name,
        type=str(one.get("Type", "")),
        properties=properties,
        condition=one.get("Condition"),
        retained=one.get("DeletionPolicy") in RETAINED,
        retained_when_replaced=one.get("UpdateReplacePolicy") in RETAINED,
        depends_on=frozenset((named | set(references(properties))) & known),
    )


def _problems_of(
    name: str, one: Mapping[str, Any], declared: Mapping[str, Any]
) -> Iterator[Problem]:
    kind = str(one.get("Type", ""))
    for attribute in sorted(set(one) - _ATTRIBUTES):
        text = f"attribute {attribute} has no effect on the laptop"
        yield Problem(logical_id=name, type=kind, text=text)
    depends = one.get("DependsOn", [])
    for other in [depends] if isinstance(depends, str) else depends:
        if other not in declared:
            text = f"DependsOn names {other}, which does not exist"
            yield Problem(logical_id=name, type=kind, text=text)


def references(value: Json) -> Iterator[str]:
    """Every logical id that a value refers to by Ref, Fn::GetAtt or Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        if key == "Ref" and isinstance(inner, str):
            yield inner
        elif key == "Fn::GetAtt":
            yield inner.split(".", 1)[0] if isinstance(inner, str) else str(inner[0])
        elif key == "Fn::Sub":
            text, own = (inner, {}) if isinstance(inner, str) else (inner[0], inner[1])
            yield from (name.split(".", 1)[0] for name in _VARIABLE.findall(text))
            yield from references(list(own.values()))
        else:
            yield from references(inner)
