"""The JSON schemas of a job's manifest and of the contracts of tables and topics, for editors.

`python -m sparkmodel.schema job` prints the first one; `table` and `topic` print the others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from sparkmodel.base import Model
from sparkmodel.job import Job
from sparkmodel.problems import listed
from sparkmodel.read_jobs import GIVEN, OVERLAYS
from sparkmodel.table import Table
from sparkmodel.topic import Topic

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "$defs"
_IN_OVERLAY = "InOverlay"
_NAME = "name"
_NAMED = frozenset({"properties", _DEFINITIONS})


def job_schema() -> dict[str, Any]:
    """Describe `job.toml`: a job's fields, but those that its folder gives, and overlays."""
    schema: dict[str, Any] = _for_toml(Job.model_json_schema(mode="validation"))
    keys = {key: each for key, each in schema["properties"].items() if key not in GIVEN}
    definitions = schema[_DEFINITIONS]
    overlay = {"type": "object", "properties": keys, "additionalProperties": False}
    overlays = {
        "type": "object",
        "description": "By environment: the same keys, only what differs.",
        "additionalProperties": _partial(overlay),
    }
    partial = {f"{name}{_IN_OVERLAY}": _partial(each) for name, each in definitions.items()}
    return {
        "$schema": _DIALECT,
        "title": "job.toml",
        "description": "The manifest of a sparkrail job; docs/manifest.md says more.",
        "type": "object",
        "properties": {**keys, OVERLAYS: overlays},
        "required": [key for key in schema["required"] if key not in GIVEN],
        "additionalProperties": False,
        _DEFINITIONS: {**definitions, **partial},
    }


def table_schema() -> dict[str, Any]:
    """Describe `<table>.toml`: a contract's fields, but the name that its path gives."""
    return _of_contract(Table, "tables/<database>/<table>.toml", "table")


def topic_schema() -> dict[str, Any]:
    """Describe `<topic>.toml`: a contract's fields, but the name that its file gives."""
    return _of_contract(Topic, "topics/<topic>.toml", "topic")


def _of_contract(model: type[Model], title: str, what: str) -> dict[str, Any]:
    schema: dict[str, Any] = _for_toml(model.model_json_schema(mode="validation"))
    return {
        "$schema": _DIALECT,
        "title": title,
        "description": f"The contract of a {what}; docs/manifest.md says more.",
        "type": "object",
        "properties": {key: each for key, each in schema["properties"].items() if key != _NAME},
        "required": [key for key in schema["required"] if key != _NAME],
        "additionalProperties": False,
        _DEFINITIONS: schema[_DEFINITIONS],
    }


def as_json(schema: dict[str, Any]) -> str:
    """Write a schema as the file in the repository has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _for_toml(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Take out what TOML has no use for: null, titles, docstrings of classes."""
    if isinstance(value, list):
        return [_for_toml(each) for each in value if each != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    shown = isinstance(value.get("default"), str | int | float)
    unused = {"title"} if shown else {"title", "default"}
    if _NAMED & value.keys():
        unused.add("description")
    kept = {
        key: _each_of(each, _for_toml) if key in _NAMED else _for_toml(each)
        for key, each in value.items()
        if key not in unused
    }
    match kept.get("anyOf"):
        case [single]:
            del kept["anyOf"]
            return {**single, **kept}
    return kept


def _partial(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Describe a table of which an overlay gives only some keys."""
    if isinstance(value, list):
        return [_partial(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: _each_of(each, _partial) if key in _NAMED else _partial(each)
        for key, each in value.items()
        if key not in ("default", "required")
    }
    if "$ref" in kept:
        kept["$ref"] = f"{kept['$ref']}{_IN_OVERLAY}"
    return kept


def _each_of(named: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Change schemas that stand under names that people chose, never the names."""
    return {name: change(each) for name, each in named.items()}


if __name__ == "__main__":
    schemas = {"job": job_schema, "table": table_schema, "topic": topic_schema}
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    if asked not in schemas:
        sys.exit(f"python -m sparkmodel.schema job > job.schema.json; there are: {listed(schemas)}")
    print(as_json(schemas[asked]()), end="")
