"""The states of a machine, also those inside Map and Parallel, and where each leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

TERMINAL = frozenset({"Succeed", "Fail"})
_ARN = re.compile(r"^arn:.+?:states:[^:]*:[^:]*:(?P<call>.+)$")  # a partition may be a reference
_PATTERN = re.compile(r"\.(sync(:2)?|waitForTaskToken)$")


@dataclass(frozen=True)
class Scope:
    """States that can lead to each other: the machine's own, or those of one processor or branch.

    Args:
        path: Names of the states around it, each followed by "/".
        start: Name of the first state.
        bodies: What each state says, by name.
        jsonata: Whether its expressions are JSONata where a state does not say otherwise.
    """

    path: str
    start: str | None
    bodies: Mapping[str, Mapping[str, Any]]
    jsonata: bool = False

    @cached_property
    def states(self) -> dict[str, State]:
        """The states by name."""
        return {name: State(name, body, self) for name, body in self.bodies.items()}

    def reached(self, *names: str) -> set[str]:
        """Find the states that are reached from some, these included.

        Args:
            names: Of states; those that do not exist are left out.
        """
        found: set[str] = set()
        waiting = [name for name in names if name in self.states]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [each for each in self.states[name].leads_to if each in self.states]
        return found

    @cached_property
    def ending(self) -> set[str]:
        """Names of the states from which some path ends; one pass for all of them."""
        before: dict[str, list[str]] = {name: [] for name in self.states}
        for name, state in self.states.items():
            for each in state.leads_to:
                before.get(each, []).append(name)
        found: set[str] = set()
        waiting = [name for name, state in self.states.items() if state.ends]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += before[name]
        return found


@dataclass(frozen=True)
class State:
    """A state of a machine.

    Args:
        name: What it is called.
        body: What it says.
        scope: The states beside it.
    """

    name: str
    body: Mapping[str, Any]
    scope: Scope

    @property
    def path(self) -> str:
        """Its name after those of the states around it."""
        return f"{self.scope.path}{self.name}"

    @property
    def type(self) -> str:
        """Task, Pass, Choice, Wait, Succeed, Fail, Map or Parallel."""
        return str(self.body.get("Type", ""))

    @property
    def jsonata(self) -> bool:
        """Whether its expressions are JSONata."""
        language = self.body.get("QueryLanguage")
        return self.scope.jsonata if language is None else language == "JSONata"

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What a Task sends."""
        sent = self.body.get("Arguments" if self.jsonata else "Parameters")
        return sent if isinstance(sent, Mapping) else {}

    @property
    def call(self) -> str:
        """The call of a Task without the pattern of waiting, such as `sqs:sendMessage`."""
        return _PATTERN.sub("", self._resource)

    @property
    def waits(self) -> bool:
        """Whether a Task waits for the end of what it starts."""
        return bool(_PATTERN.search(self._resource))

    @property
    def _resource(self) -> str:
        match = _ARN.match(str(self.body.get("Resource", "")))
        return match["call"] if match else str(self.body.get("Resource", ""))

    @property
    def caught_by(self) -> list[str]:
        """Names of the states that errors lead to."""
        return [str(each.get("Next", "")) for each in self.body.get("Catch", [])]

    @cached_property
    def leads_to(self) -> list[str]:
        """Names of the states that it can lead to."""
        rules = self.body.get("Choices", [])
        named = [self.body.get("Next"), self.body.get("Default")]
        named += [rule.get("Next") for rule in rules]
        return [str(name) for name in named if name is not None] + self.caught_by

    @property
    def ends(self) -> bool:
        """Whether the scope can end here."""
        return self.type in TERMINAL or bool(self.body.get("End"))


def scopes(definition: Mapping[str, Any]) -> list[Scope]:
    """List the machine's own scope and those inside, from the outermost.

    Args:
        definition: The machine.
    """
    jsonata = definition.get("QueryLanguage") == "JSONata"
    return list(_scopes(definition, path="", jsonata=jsonata))


def _scopes(machine: Mapping[str, Any], *, path: str, jsonata: bool) -> Iterator[Scope]:
    scope = Scope(path, machine.get("StartAt"), machine.get("States") or {}, jsonata)
    yield scope
    for state in scope.states.values():
        for label, inner in _inside(state.body):
            yield from _scopes(inner, path=f"{state.path}/{label}", jsonata=state.jsonata)


def _inside(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("ItemProcessor", "Iterator"):
        if name in body:
            yield "", body[name]
    for index, branch in enumerate(body.get("Branches", [])):
        yield f"{index}/", branch


def expressions(value: object, *, at: str = "") -> Iterator[tuple[str, str]]:
    """List every text in a value with the key that it stands under.

    Args:
        value: Of any JSON type.
        at: The key of the value itself.
    """
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from expressions(inner, at=str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner, at=at)
