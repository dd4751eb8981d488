"""All rules over a machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sparkmodel.asl.findings import Finding
from sparkmodel.asl.flow import flow
from sparkmodel.asl.machine import scopes
from sparkmodel.asl.payload import payload
from sparkmodel.asl.starts import changing_fields, retries_of_starts, tokens
from sparkmodel.asl.tasks import map_, task


def findings(definition: Mapping[str, Any]) -> list[Finding]:
    """Check a state machine.

    Expressions may be JSONPath or JSONata. Placeholders `${Name}` stand for some text.

    Args:
        definition: The machine in the Amazon States Language.
    """
    inside = scopes(definition)
    states = [state for scope in inside for state in scope.states.values()]
    changing = frozenset(name for state in states for name in changing_fields(state.body))
    found = [finding for scope in inside for finding in flow(scope)]
    for state in states:
        found += [*task(state), *retries_of_starts(state), *tokens(state, changing=changing)]
        found += [*map_(state), *payload(state)]
    return sorted(found)


@lru_cache(maxsize=1024)
def findings_in_text(definition: str) -> tuple[Finding, ...]:
    """Check a state machine that is written as JSON; the same text is read once.

    Args:
        definition: The machine.

    Raises:
        json.JSONDecodeError: It is not JSON.
    """
    read = json.loads(definition)
    if not isinstance(read, Mapping):
        raise json.JSONDecodeError("it is no object", definition, 0)
    return tuple(findings(read))
