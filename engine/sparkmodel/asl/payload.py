"""What can be said beforehand about 256 KiB, the most that one state hands to the next.

Sizes of data are known only at run time. What is known now: literals, and results that grow with
the number of things that there are.
(reference: Step Functions guide, quotas related to state executions.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from sparkmodel.asl.findings import Finding
from sparkmodel.asl.machine import State

MAX_BYTES = 262_144
_GROWS = re.compile(
    r":(list\w*|query|scan|search\w*|batchGetItem|executeStatement|filterLogEvents|getLogEvents"
    r"|getObject|getQueryResults|getExecutionHistory)$"
)
_BOUNDS = frozenset({"Limit", "limit", "MaxItems", "MaxKeys", "MaxRecords", "MaxResults", "Range"})
_LITERALS = ("Arguments", "Assign", "Output", "Parameters", "Result", "ResultSelector")


def payload(state: State) -> Iterator[Finding]:
    """Check the literals of a state, and what it keeps of results that grow.

    Args:
        state: Of any type.
    """
    for part in _LITERALS:
        size = _bytes(state.body.get(part))
        if size > MAX_BYTES:
            yield Finding(
                rule="Payload",
                path=state.path,
                text=f"its {part} has {size:,} bytes, and a state hands on at most {MAX_BYTES:,}",
                fix="Put the data into S3 and hand on its address.",
            )
    keeps = not _picks(state) and "ResultWriter" not in state.body
    if state.type == "Map" and keeps and not _has_few_items(state):
        yield Finding(
            rule="Payload",
            path=state.path,
            text="it keeps the result of every item, and so its output grows with their number, "
            f"to an execution that fails at {MAX_BYTES:,} bytes",
            fix='Write "ResultPath": null, a ResultSelector such as {"count.$": '
            '"States.ArrayLength($)"}, or a ResultWriter.',
        )
    if _GROWS.search(state.call) and not _picks(state) and not _is_bounded(state):
        yield Finding(
            rule="Payload",
            path=state.path,
            text=f"{state.call} answers with as much as there is, and all of it is kept; more "
            f"than {MAX_BYTES:,} bytes fail the execution",
            fix="Bound the answer (Limit, MaxResults, MaxKeys, Range), keep a part of it with "
            'a ResultSelector, or write "ResultPath": null.',
        )


def _picks(state: State) -> bool:
    """Say whether a state keeps less than its whole result."""
    body = state.body
    if state.jsonata:
        return "Output" in body
    discards = "ResultPath" in body and body["ResultPath"] is None
    return discards or "ResultSelector" in body


def _is_bounded(state: State) -> bool:
    """Say whether a Task asks for so many things at most."""
    asked = {name.removesuffix(".$") for name in state.arguments}
    return state.type == "Task" and bool(asked & _BOUNDS)


def _has_few_items(state: State) -> bool:
    """Say whether the items of a Map are the answer of a Task beside it that asks for so many."""
    items = f"{state.body.get('ItemsPath', '')}."
    return any(
        items.startswith(f"{each.body.get('ResultPath') or '$'}.")
        for each in state.scope.states.values()
        if _is_bounded(each)
    )


def _bytes(value: object) -> int:
    return 0 if value is None else len(json.dumps(value, ensure_ascii=False).encode())
