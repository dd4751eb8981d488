"""What of a template a person should review: not hashes, not what CDK adds to every template."""

from __future__ import annotations

import json
import re
from typing import Any

_ADDED_BY_CDK = ("Parameters", "Rules")
_ASSET = re.compile(r"\b[0-9a-f]{64}\b")
_APPLICATION = re.compile(r"\b((?:Batch|Stream)[A-Za-z0-9]+?)[0-9a-f]{8}(Id)?\b")
_VERSION = re.compile(r'"Version": "[0-9a-f]{8}"')
_STATE = re.compile(r'"<state ([0-9]+)>"')


def normal(template: dict[str, Any]) -> dict[str, Any]:
    """Normalise a template or a part of one.

    Hashes of files are numbered in order of appearance, the hash in an application's logical id
    and the version of a stream go, and definitions of machines become JSON.

    Args:
        template: What to normalise; stays as it is.
    """
    kept = {key: each for key, each in template.items() if key not in _ADDED_BY_CDK}
    text = _APPLICATION.sub(r"\1<hash>\2", json.dumps(kept, sort_keys=True))
    text = _VERSION.sub('"Version": "<version>"', text)
    numbers: dict[str, str] = {}
    text = _ASSET.sub(
        lambda match: numbers.setdefault(match[0], f"<asset-{len(numbers) + 1}>"), text
    )
    result: dict[str, Any] = _definitions_as_json(json.loads(text))
    return result


def as_text(template: dict[str, Any]) -> str:
    """Write a normalised template as it is kept: a line for each value, and for each state."""
    states: list[str] = []
    text = _dumped(_states_aside(template, states), indent=1)
    return _STATE.sub(lambda match: states[int(match[1])], text) + "\n"


def _states_aside(value: Any, states: list[str]) -> Any:  # noqa: ANN401 (JSON is anything)
    if isinstance(value, list):
        return [_states_aside(each, states) for each in value]
    if not isinstance(value, dict):
        return value
    if "StartAt" not in value:
        return {key: _states_aside(each, states) for key, each in value.items()}
    names = sorted(value["States"])
    marks = {name: f"<state {len(states) + index}>" for index, name in enumerate(names)}
    states.extend(_dumped(value["States"][name]) for name in names)
    return {**value, "States": marks}


def _dumped(value: object, *, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False)


def _definitions_as_json(value: Any) -> Any:  # noqa: ANN401 (JSON is anything)
    if isinstance(value, list):
        return [_definitions_as_json(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: json.loads(each) if key == "DefinitionString" else _definitions_as_json(each)
        for key, each in value.items()
    }
