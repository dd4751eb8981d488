"""Policy documents, read once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sparklaptop.roles import conditions
from sparklaptop.roles.conditions import Condition
from sparklaptop.roles.patterns import ArnPattern, Context, Pattern
from sparklaptop.roles.problems import PolicyError

_VERSIONS = ("2008-10-17", "2012-10-17")
_ELEMENTS = {
    *("Action", "Condition", "Effect", "NotAction", "NotResource", "Principal", "Resource", "Sid"),
}


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement.

    Args:
        sid: Its Sid, or its number in the policy when it has none.
        allows: Whether it allows; otherwise it denies.
        actions: What it speaks of.
        resources: Of what; none: of whatever the policy is attached to.
        principals: Kind -> names, in a policy of a resource.
        conditions: All must hold.
        but_actions: Whether `actions` are those that it does not speak of.
        but_resources: Whether `resources` are those that it does not speak of.
        written_actions: Its actions as they are written.
    """

    sid: str
    allows: bool
    actions: tuple[Pattern, ...]
    resources: tuple[ArnPattern, ...]
    principals: Mapping[str, tuple[str, ...]]
    conditions: tuple[Condition, ...]
    but_actions: bool = False
    but_resources: bool = False
    written_actions: tuple[str, ...] = ()

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether it speaks of a request, whoever makes it."""
        if any(each.matches(action, context) for each in self.actions) == self.but_actions:
            return False
        meant = any(each.matches(resource, context) for each in self.resources)
        if self.resources and meant == self.but_resources:
            return False
        return all(each.holds(context) for each in self.conditions)


@dataclass(frozen=True, eq=False)
class Policy:
    """A policy.

    Args:
        name: Its name, its ARN, or what it is the policy of.
        statements: In their order.
    """

    name: str
    statements: tuple[Statement, ...]


@lru_cache(maxsize=4096)
def parse(name: str, document: str) -> Policy:
    """Read a policy document.

    Args:
        name: Whose it is.
        document: JSON.

    Raises:
        PolicyError: It holds what is not known.
    """
    try:
        content = json.loads(document)
        variables = content.get("Version", _VERSIONS[0]) == _VERSIONS[1]
        if content.get("Version", _VERSIONS[0]) not in _VERSIONS:
            raise PolicyError(f"version {content['Version']} is not known")
        found = content["Statement"]
        statements = tuple(
            _statement(each, number, variables=variables)
            for number, each in enumerate(found if isinstance(found, list) else [found])
        )
    except PolicyError as error:
        raise PolicyError(f"policy {name}: {error}") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise PolicyError(f"policy {name} is not a policy document: {error!r}") from error
    return Policy(name, statements)


def _statement(content: Mapping[str, Any], number: int, *, variables: bool) -> Statement:
    sid = str(content.get("Sid") or number)
    if unknown := set(content) - _ELEMENTS:
        raise PolicyError(f"statement {sid}: {', '.join(sorted(unknown))} is not known")
    if content["Effect"] not in ("Allow", "Deny"):
        raise PolicyError(f"statement {sid}: effect {content['Effect']} is not known")
    actions = _list(content["NotAction" if "NotAction" in content else "Action"])
    resources = _list(content.get("NotResource", content.get("Resource", [])))
    return Statement(
        sid=sid,
        allows=content["Effect"] == "Allow",
        actions=tuple(Pattern(each, variables=False, ignore_case=True) for each in actions),
        resources=tuple(ArnPattern(each, variables=variables, complete=True) for each in resources),
        principals=_principals(content.get("Principal", {})),
        conditions=conditions.parse(content.get("Condition", {}), variables=variables),
        but_actions="NotAction" in content,
        but_resources="NotResource" in content,
        written_actions=tuple(actions),
    )


def _principals(content: Any) -> Mapping[str, tuple[str, ...]]:  # noqa: ANN401
    if content == "*":
        return {"AWS": ("*",)}
    return {kind: tuple(_list(names)) for kind, names in content.items()}


def _list(value: Any) -> Iterable[str]:  # noqa: ANN401
    return value if isinstance(value, list) else [value]
