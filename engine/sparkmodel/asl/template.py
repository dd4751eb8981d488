"""Finds the state machines of a CloudFormation template and reads their definitions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sparkmodel.asl.findings import Finding
from sparkmodel.asl.lint import findings, findings_in_text

MACHINE = "AWS::StepFunctions::StateMachine"
_BARE_PLACEHOLDER = re.compile(r"(?<=[:,\[])\s*\$\{[^}]+\}")


@dataclass(frozen=True, kw_only=True, order=True)
class MachineFinding:
    """What was found in a machine of a template.

    Args:
        resource: Logical id of the machine.
        finding: What was found in it.
    """

    resource: str
    finding: Finding


def findings_in_template(template: Mapping[str, Any]) -> list[MachineFinding]:
    """Check every state machine of a template.

    Args:
        template: As CloudFormation takes it, in JSON. References in a definition stand for some
            text.
    """
    return [
        MachineFinding(resource=id_, finding=finding)
        for id_, resource in sorted(template.get("Resources", {}).items())
        if resource.get("Type") == MACHINE
        for finding in _of_machine(resource.get("Properties", {}))
    ]


def _of_machine(properties: Mapping[str, Any]) -> Iterator[Finding]:
    given = properties.get("Definition")
    if isinstance(given, Mapping):
        yield from findings(given)
        return
    text = _text(properties.get("DefinitionString"))
    if text is None:
        yield Finding(
            rule="Readable",
            path="",
            text="its definition is not in the template, so that nobody can check it",
            fix="Write it as DefinitionString or Definition, or acknowledge that it is elsewhere.",
        )
        return
    try:
        yield from findings_in_text(text)
    except json.JSONDecodeError:
        yield from _with_bare_placeholders(text)


def _with_bare_placeholders(text: str) -> Iterator[Finding]:
    """Read a definition whose numbers the deploy fills in: `"TimeoutSeconds": ${Seconds}`."""
    try:
        yield from findings_in_text(_BARE_PLACEHOLDER.sub("1", text))
    except json.JSONDecodeError as error:
        yield Finding(
            rule="Readable",
            path="",
            text=f"its definition is not JSON: {error}",
            fix="Write the definition as a dict and let json.dumps make the text of it.",
        )


def _text(value: object) -> str | None:
    """Write a value of a template as text, with references as placeholders."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    function, given = next(iter(value.items()))
    if function == "Fn::Join":
        return str(given[0]).join(_text(part) or "${Reference}" for part in given[1])
    if function == "Fn::Sub":
        return given if isinstance(given, str) else str(given[0])
    return None
