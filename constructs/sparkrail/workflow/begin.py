"""First states: what was given becomes key, generation, attempt and overrides."""

from __future__ import annotations

from sparkrail.workflow.asl import States, choose, formatted, note, present

_DEFAULTS = {"generation": 1, "attempt": 1, "overrides": {}}
_TIME_SEPARATORS = "-:"


def begin(*, then: str) -> States:
    """Take a schedule's time or a person's key.

    A schedule gives `{"scheduled_time": "2026-11-21T06:30:00Z"}`, which becomes the run key
    `20261121T063000Z`. A person gives `{"key": ...}` and may add generation and overrides.

    Args:
        then: The next state.
    """
    complete = [present(path) for path in ("$.key", "$.generation", "$.overrides")]
    return {
        "Begin": choose(
            {"And": complete, "Next": "ByHand"},
            {**present("$.key"), "Next": "Defaults"},
            {**present("$.scheduled_time"), "Next": "Scheduled"},
            otherwise="Unstartable",
        ),
        "ByHand": {"Type": "Pass", "Result": 1, "ResultPath": "$.attempt", "Next": then},
        "Defaults": {
            "Type": "Pass",
            "Result": _DEFAULTS,
            "ResultPath": "$.defaults",
            "Next": "Completed",
        },
        "Completed": {
            **note({"run.$": "States.JsonMerge($.defaults, $, false)"}, at=None, then=then),
            "OutputPath": "$.run",
        },
        "Scheduled": note({"key.$": _scheduled_key(), **_DEFAULTS}, at=None, then=then),
        "Unstartable": {
            "Type": "Fail",
            "Error": "BadInput",
            "Cause": 'Start this machine with {"key": "20261121T063000Z"} or with '
            '{"scheduled_time": "2026-11-21T06:30:00Z"}; "sparkrail run" does it for you.',
        },
    }


def _scheduled_key() -> str:
    parts = f"States.StringSplit($.scheduled_time, '{_TIME_SEPARATORS}')"
    each = [f"States.ArrayGetItem({parts}, {index})" for index in range(5)]
    return formatted("{}{}{}{}{}", *each)
