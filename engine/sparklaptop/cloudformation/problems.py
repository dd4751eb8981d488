"""What is wrong with a template, or with one of its resources, in words for a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that the laptop cloud cannot do as the template says."""

    text: str
    logical_id: str = ""
    type: str = ""
    property: str = ""

    def __str__(self) -> str:
        where = f"{self.logical_id} ({self.type})" if self.logical_id else "template"
        return f"{where}{f', property {self.property}' if self.property else ''}: {self.text}"


class TemplateError(Exception):
    """A template was refused before anything was touched; holds every problem found."""

    def __init__(self, stack: str, problems: list[Problem]) -> None:
        self.stack = stack
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"stack {stack} was refused, nothing was changed:\n{lines}")


class UnsupportedPropertyError(Exception):
    """A property, or part of one, that the laptop would have to ignore."""

    def __init__(self, name: str, why: str = "the laptop cloud would ignore it") -> None:
        self.name = name
        super().__init__(why)


class ResourceFailedError(Exception):
    """A resource could not be made or changed; everything was put back."""

    def __init__(self, stack: str, problem: Problem, undone: str) -> None:
        self.stack = stack
        self.problem = problem
        super().__init__(f"stack {stack} failed, {undone}:\n  {problem}")
