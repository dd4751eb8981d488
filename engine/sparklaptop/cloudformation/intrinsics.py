"""CloudFormation's intrinsic functions, strictly: what is not understood is an error."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sparklaptop.untyped import Json

_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")
NO_VALUE = object()


class UnresolvedError(Exception):
    """A reference or function that cannot be resolved, in words."""


class Scope(Protocol):
    """What a template may refer to while it is resolved."""

    def ref(self, name: str) -> Json:
        """Value of a parameter, pseudo parameter, or a resource's physical id."""

    def attribute(self, name: str, attribute: str) -> Json:
        """Value of an attribute of a resource."""

    def condition(self, name: str) -> bool:
        """Value of a condition."""

    def mapping(self, name: str, first: str, second: str) -> Json:
        """Value out of a mapping."""

    def export(self, name: str) -> Json:
        """Value that another stack exports."""

    def stack_output(self, stack: str, output: str, region: str | None) -> Json:
        """Value of another stack's output: a weak reference."""


def resolve(value: Json, scope: Scope) -> Json:
    """A value with every function in it replaced by its result.

    Raises:
        UnresolvedError: A reference leads nowhere, or a function is not known.
    """
    if isinstance(value, list):
        items = [resolve(item, scope) for item in value]
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref" or name.startswith("Fn::"):
            function = _FUNCTIONS.get(name)
            if function is None:
                raise UnresolvedError(f"function {name} is not understood by the laptop cloud")
            return function(argument, scope)
    resolved = {key: resolve(inner, scope) for key, inner in value.items()}
    return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}


def decide(condition: Json, scope: Scope) -> bool:
    """Truth of a condition's definition."""
    if isinstance(condition, bool):
        return condition
    ((name, argument),) = condition.items()
    if name == "Condition":
        return scope.condition(argument)
    if name == "Fn::Equals":
        first, second = (str(resolve(side, scope)) for side in argument)
        return first == second
    if name == "Fn::Not":
        return not decide(argument[0], scope)
    if name in ("Fn::And", "Fn::Or"):
        together = all if name == "Fn::And" else any
        return together(decide(one, scope) for one in argument)
    raise UnresolvedError(f"condition function {name} is not understood by the laptop cloud")


def _ref(argument: Json, scope: Scope) -> Json:
    return NO_VALUE if argument == "AWS::NoValue" else scope.ref(str(argument))


def _get_att(argument: Json, scope: Scope) -> Json:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return scope.attribute(name, str(resolve(attribute, scope)))


def _if(argument: Json, scope: Scope) -> Json:
    name, yes, no = argument
    return resolve(yes if scope.condition(name) else no, scope)


def _join(argument: Json, scope: Scope) -> str:
    separator, parts = argument
    return str(separator).join(str(part) for part in resolve(parts, scope))


def _split(argument: Json, scope: Scope) -> list[str]:
    separator, text = argument
    return str(resolve(text, scope)).split(str(separator))


def _select(argument: Json, scope: Scope) -> Json:
    index, items = argument
    found = resolve(items, scope)
    position = int(resolve(index, scope))
    if position >= len(found):
        raise UnresolvedError(f"Fn::Select {position} of a list of {len(found)}")
    return found[position]


def _sub(argument: Json, scope: Scope) -> str:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    values = {name: resolve(value, scope) for name, value in own.items()}

    def replaced(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"${{{name}}}"
        if name in values:
            return str(values[name])
        target, _, attribute = name.partition(".")
        return str(scope.attribute(target, attribute) if attribute else scope.ref(name))

    return _VARIABLE.sub(replaced, text)


def _find_in_map(argument: Json, scope: Scope) -> Json:
    name, first, second = (str(resolve(part, scope)) for part in argument[:3])
    return scope.mapping(name, first, second)


def _import_value(argument: Json, scope: Scope) -> Json:
    return scope.export(str(resolve(argument, scope)))


def _stack_output(argument: Json, scope: Scope) -> Json:
    found = resolve(argument, scope)
    unknown = set(found) - {"StackName", "OutputName", "Region"}
    if unknown:
        raise UnresolvedError(f"Fn::GetStackOutput with {sorted(unknown)} is not understood")
    return scope.stack_output(found["StackName"], found["OutputName"], found.get("Region"))


def _zones(argument: Json, scope: Scope) -> list[str]:
    region = resolve(argument, scope) or scope.ref("AWS::Region")
    return [f"{region}{letter}" for letter in "abc"]


def _base64(argument: Json, scope: Scope) -> str:
    return base64.b64encode(str(resolve(argument, scope)).encode()).decode()


def _json(argument: Json, scope: Scope) -> str:
    return json.dumps(resolve(argument, scope), separators=(",", ":"))


def _length(argument: Json, scope: Scope) -> int:
    return len(resolve(argument, scope))


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::Base64": _base64,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::GetAtt": _get_att,
    "Fn::GetStackOutput": _stack_output,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _json,
}
