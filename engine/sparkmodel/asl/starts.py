"""Calls that start work, and what must be true of them: one token, and only harmless retries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sparkmodel.asl.findings import Finding
from sparkmodel.asl.machine import State, expressions

TOKENS = {
    "athena:startqueryexecution": "ClientRequestToken",
    "ecs:runtask": "ClientToken",
    "emr-containers:startjobrun": "ClientToken",
    "emr-serverless:startjobrun": "ClientToken",
    "redshift-data:executestatement": "ClientToken",
    "states:startexecution": "Name",
}
"""What makes a repeated call harmless, by call. (API references of each service.)"""

_SDK_NAMES = {"emrserverless": "emr-serverless", "emrcontainers": "emr-containers"} | {
    "sfn": "states",
    "redshiftdata": "redshift-data",
}
_TOKEN_KEYS = frozenset({*TOKENS.values(), "IdempotencyToken", "MessageDeduplicationId"}) - {"Name"}
_NEW_EACH_TIME = re.compile(
    r"States\.(UUID|MathRandom)\b"
    r"|\$\$\.State\.(EnteredTime|RetryCount)"
    r"|\$states\.context\.State\.(EnteredTime|RetryCount)"
    r"|\$(uuid|random|now|millis)\(",
)
_NEVER = re.compile(
    r"^States\.(ALL|Timeout|HeartbeatTimeout|TaskFailed|Permissions)$"
    r"|AccessDenied|Unauthorized|NotAuthorized|Validation|InvalidParameter|InvalidInput"
    r"|InvalidRequest|BadRequest"
)


def start_call(state: State) -> str | None:
    """Name the call of a Task that starts work, such as `emr-serverless:startjobrun`.

    Args:
        state: Of any type.
    """
    if state.type != "Task":
        return None
    service, _, action = state.call.removeprefix("aws-sdk:").lower().partition(":")
    name = f"{_SDK_NAMES.get(service, service)}:{action}"
    return name if name in TOKENS or state.waits else None


def retries_of_starts(state: State) -> Iterator[Finding]:
    """Check that a call that starts work is not made again because of what it said.

    Args:
        state: Of any type.
    """
    if start_call(state) is None:
        return
    for retrier in state.body.get("Retry", []):
        errors = [each for each in retrier.get("ErrorEquals", []) if _NEVER.search(each)]
        if errors and retrier.get("MaxAttempts") != 0:
            yield Finding(
                rule="RetryOfStart",
                path=state.path,
                text=f"it starts work and is retried on {', '.join(errors)}: that starts the same "
                "work beside the first, repeats a failure, or asks again for what is not allowed",
                fix="List only errors that say nothing about the request, such as throttling and "
                "internal errors of the service; catch all others and decide by what is read.",
            )


def tokens(state: State, *, changing: frozenset[str]) -> Iterator[Finding]:
    """Check that a repeated call carries the same token.

    Args:
        state: Of any type.
        changing: Names of fields that some state fills with what is new each time.
    """
    if state.type != "Task":
        return
    call = start_call(state)
    key = TOKENS.get(call) if call else None
    given = {name.removesuffix(".$"): value for name, value in state.arguments.items()}
    if key and key not in given:
        yield Finding(
            rule="Token",
            path=state.path,
            text=f"it starts work without {key}, so that a call whose answer was lost is made "
            "twice and works twice",
            fix=f'Add "{key}.$" made of what identifies the work: '
            "States.Hash(States.Format('{}/{}', $.key, $.attempt), 'SHA-256').",
        )
    for name, value in given.items():
        if isinstance(value, str) and (name == key or name in _TOKEN_KEYS):
            yield from _token(state, name, value, changing)


def _token(state: State, name: str, value: str, changing: frozenset[str]) -> Iterator[Finding]:
    found = _NEW_EACH_TIME.search(value)
    field = next((each for each in re.findall(r"\.(\w+)", value) if each in changing), None)
    fixed = not value.startswith(("$", "States.", "{%"))
    if found:
        why = f"{found[0].rstrip('(')} is new each time, so that a repeated call is a second one"
    elif field:
        why = f"the field {field} is filled with what is new each time the machine comes there"
    elif fixed:
        why = "it is the same in every execution, so that the second one starts nothing"
    else:
        return
    yield Finding(
        rule="Token",
        path=state.path,
        text=f"its {name} does not identify the work: {why}",
        fix="Make it of what the work is, never of when or how often it was asked for: "
        "States.Hash(States.Format('{}/{}', $.key, $.attempt), 'SHA-256').",
    )


def changing_fields(body: Mapping[str, Any]) -> Iterator[str]:
    """List the fields that a state fills with what is new each time.

    Args:
        body: What the state says.
    """
    for part in ("Parameters", "ResultSelector", "Assign", "Output"):
        for key, value in expressions(body.get(part)):
            if _NEW_EACH_TIME.search(value):
                yield key.removesuffix(".$")
