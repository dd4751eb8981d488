"""What a rule's target is given: the event, a part of it, or a text made from parts of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sparklaptop.untyped import Json

_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_VARIABLE = re.compile(r"<([\w.-]+)>")


class PathError(ValueError):
    """A JSON path that cannot be followed; the message says which."""


def steps(path: str) -> list[str | int]:
    """The steps of a path such as `$.detail.items[0]['a b']`.

    Raises:
        PathError: It has anything else.
    """
    found: list[str | int] = []
    place = 1
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            break
        found.append(int(match[2]) if match[2] else match[1] or match[3])
        place = match.end()
    if not path.startswith("$") or place < len(path):
        raise PathError(f'"{path}" is no path such as $.detail.items[0]')
    return found


def look_up(event: Json, path: str) -> Json:
    """What is at a path; None if there is nothing."""
    for step in steps(path):
        if isinstance(step, int):
            event = event[step] if isinstance(event, list) and step < len(event) else None
        else:
            event = event.get(step) if isinstance(event, dict) else None
    return event


def check_target(target: Mapping[str, Any]) -> None:
    """Refuse a target whose paths cannot be followed.

    Raises:
        PathError: One cannot.
    """
    paths = list(target.get("InputTransformer", {}).get("InputPathsMap", {}).values())
    for path in [*paths, *([target["InputPath"]] if target.get("InputPath") else [])]:
        steps(path)


def body_for(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """What the target of a rule is given.

    Args:
        target: As PutTargets takes it.
        event: The event.
        rule_arn: ARN of the rule.
    """
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(look_up(event, target["InputPath"]))
    if not target.get("InputTransformer"):
        return json.dumps(event)
    transformer = target["InputTransformer"]
    values = {
        name: look_up(event, path) for name, path in transformer.get("InputPathsMap", {}).items()
    }
    reserved = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[-1],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    return _fill(transformer["InputTemplate"], {**values, **reserved})


def _fill(template: str, values: Mapping[str, Json]) -> str:
    """Inside a JSON string a variable is text, escaped; anywhere else it is a JSON value."""

    def inside(match: re.Match[str]) -> str:
        return _VARIABLE.sub(lambda name: _escaped(values.get(name[1])), match[0])

    filled = []
    place = 0
    for quoted in _QUOTED.finditer(template):
        filled.append(_plain(template[place : quoted.start()], values))
        filled.append(inside(quoted))
        place = quoted.end()
    filled.append(_plain(template[place:], values))
    return "".join(filled)


def _plain(text: str, values: Mapping[str, Json]) -> str:
    return _VARIABLE.sub(lambda name: json.dumps(values.get(name[1])), text)


def _escaped(value: Json) -> str:
    if value is None:
        return ""
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]
