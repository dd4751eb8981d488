"""Words in a manifest that each environment fills in: a closed list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sparkmodel.environment import Environment
from sparkmodel.problems import listed
from sparkmodel.toml_lines import KeyPath

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "account": "the account's 12 digits",
        "environment": "the environment's name",
        "project": "the project's name",
        "region": "the Region",
    }
)
"""What `${...}` may name in the texts of a job's manifest."""

UNKNOWN = (
    "is not a placeholder that we know. Placeholders: "
    f"{listed('${' + name + '}' for name in PLACEHOLDERS)}."
)
"""Refuses any other `${...}`."""

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}?")
_IAM_VARIABLE = "aws:"
"""Policy variables such as ${aws:PrincipalTag/team} are IAM's own and stay as they are."""


def fill(data: Mapping[str, Any], environment: Environment | None) -> dict[str, Any]:
    """Fill the placeholders in all texts of a manifest.

    Args:
        data: The manifest, parsed.
        environment: Gives the words. Default: examples of them, for checks without an environment.
    """
    words = _words(environment)
    return {key: _fill(value, words) for key, value in data.items()}


def _fill(value: object, words: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {key: _fill(each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [_fill(each, words) for each in value]
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), value)
    return value


def unknown_placeholders(data: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Find the placeholders that are not on the list: where, and what they name."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from unknown_placeholders(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from unknown_placeholders(value, (*path, index))
    elif isinstance(data, str):
        for name in _PLACEHOLDER.findall(data):
            if name not in PLACEHOLDERS and not name.startswith(_IAM_VARIABLE):
                yield path, name


def _words(environment: Environment | None) -> dict[str, str]:
    if environment is None:
        return {
            "account": "000000000000",
            "environment": "dev",
            "project": "project",
            "region": "us-east-1",
        }
    return {
        "account": environment.account,
        "environment": environment.name,
        "project": environment.project,
        "region": environment.region,
    }
