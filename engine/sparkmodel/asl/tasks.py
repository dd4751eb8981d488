"""Rules of one state: what a Task does when its call fails, what a Map may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sparkmodel.asl.findings import Finding
from sparkmodel.asl.machine import State

MAX_DELAY_SECONDS = 300
"""A retry that comes later than this is no longer a retry of one call."""


def task(state: State) -> Iterator[Finding]:
    """Check Retry, Catch and timeout of a Task.

    Args:
        state: Of any type.
    """
    if state.type != "Task":
        return
    yield from _retry(state)
    catchers = state.body.get("Catch", [])
    if not any("States.ALL" in each.get("ErrorEquals", []) for each in catchers):
        lacks = "catches only some errors" if catchers else "catches no error"
        yield Finding(
            rule="TaskCatch",
            path=state.path,
            text=f"it {lacks}, so that another one ends the execution without a word to anybody",
            fix='Add a last catcher: {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", '
            '"Next": "<a state that tells and cleans up>"}.',
        )
    if not {"TimeoutSeconds", "TimeoutSecondsPath"} & set(state.body):
        yield Finding(
            rule="TaskTimeout",
            path=state.path,
            text="it has no timeout, and the default is three years",
            fix='Add "TimeoutSeconds", a little more than the call can take.',
        )


def map_(state: State) -> Iterator[Finding]:
    """Check that a Map is bounded.

    Args:
        state: Of any type.
    """
    if state.type != "Map" or "MaxConcurrencyPath" in state.body:
        return
    bound = state.body.get("MaxConcurrency", 0)
    if bound == 0:
        yield Finding(
            rule="MapConcurrency",
            path=state.path,
            text="it has no MaxConcurrency (0 means without bound), so that as many calls as there "
            "are items meet the quotas of the account at once",
            fix='Add "MaxConcurrency": as many as the called service takes at once.',
        )


def _retry(state: State) -> Iterator[Finding]:
    retriers = [each for each in state.body.get("Retry", []) if each.get("MaxAttempts") != 0]
    if not retriers:
        yield Finding(
            rule="TaskRetry",
            path=state.path,
            text="it never retries, so that one throttled call or one error of the service fails "
            "the execution",
            fix=_RETRIER,
        )
    for retrier in retriers:
        errors = ", ".join(retrier.get("ErrorEquals", []))
        if retrier.get("JitterStrategy") != "FULL":
            yield Finding(
                rule="TaskRetry",
                path=state.path,
                text=f"its retry of {errors} has no full jitter, so that machines which failed "
                "together come back together",
                fix=_RETRIER,
            )
        if _longest_delay(retrier) > MAX_DELAY_SECONDS and "MaxDelaySeconds" not in retrier:
            yield Finding(
                rule="TaskRetry",
                path=state.path,
                text=f"the delays of its retry of {errors} grow to "
                f"{_longest_delay(retrier):,.0f} seconds",
                fix='Add "MaxDelaySeconds": 60, or retry less often.',
            )


def _longest_delay(retrier: Mapping[str, Any]) -> float:
    first = float(retrier.get("IntervalSeconds", 1))
    times = int(retrier.get("MaxAttempts", 3))
    rate = float(retrier.get("BackoffRate", 2))
    try:
        return float(first * rate ** (times - 1))
    except OverflowError:
        return float("inf")


_RETRIER = (
    'Add "Retry": [{"ErrorEquals": [<throttling and internal errors of the service>], '
    '"IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 5, "MaxDelaySeconds": 60, '
    '"JitterStrategy": "FULL"}].'
)
