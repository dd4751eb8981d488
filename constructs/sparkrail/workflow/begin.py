"""First states: what was given becomes key, generation, attempt, overrides and lane.

The lane is what follows from who started the run: which row can pause it, which lock it takes and
whether it waits for its inputs. It is data, so that one claim serves all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sparkrail.workflow.asl import State, States, absent, choose, formatted, is_, note, present
from sparkrail.workflow.asl import not_ as no
from sparkrail.workflow.asl import text_at as text
from sparkrail.workflow.ledger_items import LOCK, NEVER_PAUSED, PAUSE

_BY_TRIGGER, _BY_HAND = ("schedule", "event", "files"), ("hand", "queue", "backfill")
_TIME_SEPARATORS = "-:"
_TIME = "*-*-*T*:*:*Z"
_ALL_THERE = "attribute_exists(pk)"
_NO_MATTER = "attribute_exists(pk) OR attribute_not_exists(pk)"
_GENERATION, _OVERRIDES = {"generation.$": "$.generation"}, {"overrides.$": "$.overrides"}
_GIVEN = _GENERATION | _OVERRIDES
_FIRST: dict[str, object] = {"generation": 1, "overrides": {}}
_DEFAULTS = {"generation": 1, "overrides": {}, "by": "hand"}
_UNSTARTABLE = (
    'Start this machine with {"key": "20261121T063000Z"} (a text without /; generation, overrides '
    'and by are optional) or with {"scheduled_time": "2026-11-21T06:30:00Z"}; "sparkrail run" does '
    "it for you."
)


def begin(*, then: str, waits: bool) -> States:
    """Take what a schedule, a rule, the backfill, the keeper or a person gives.

    Args:
        then: The next state.
        waits: Whether a start by tables waits for all of them.
    """
    start = partial(_start, then=then, waits=waits)
    moment = [*text("$.scheduled_time"), {"Variable": "$.scheduled_time", "StringMatches": _TIME}]
    return {
        "Begin": choose(
            {"And": [*moment, *text("$.event_id")], "Next": "FromEvent"},
            {"And": moment, "Next": "Scheduled"},
            {**no({"And": _a_key()}), "Next": "Unstartable"},
            *_by_key(),
            otherwise="Unstartable",
        ),
        "Scheduled": start("schedule", key=_scheduled_key(), what=_FIRST),
        "FromEvent": start("event", key=_event_key(), what=_FIRST),
        "FromTables": start("tables", what=_FIRST),
        "FromFiles": start("files", what={"generation": 1, **_OVERRIDES}),
        "Triggered": start("$.by", what=_GIVEN),
        "ByHand": start("hand", what=_GIVEN),
        "FromQueue": start("queue", what=_GIVEN),
        "Backfill": start("backfill", what={**_GENERATION, "overrides": {}}),
        "BackfillWith": start("backfill", what=_GIVEN),
        "Defaults": {
            "Type": "Pass",
            "Result": _DEFAULTS,
            "ResultPath": "$.defaults",
            "Next": "Completed",
        },
        "Completed": {
            **note({"run.$": "States.JsonMerge($.defaults, $, false)"}, at=None, then="Begin"),
            "OutputPath": "$.run",
        },
        "Unstartable": {"Type": "Fail", "Error": "BadInput", "Cause": _UNSTARTABLE},
    }


def _a_key() -> list[dict[str, Any]]:
    unusable = [{"Variable": "$.key", "StringEquals": ""}]
    unusable += [{"Variable": "$.key", "StringMatches": "*/*"}]
    return [*text("$.key"), no({"Or": unusable})]


def _by_key() -> list[dict[str, Any]]:
    """Branch on who started a run whose key is given; what is left out is filled in once."""
    numbered = [present("$.generation"), {"Variable": "$.generation", "IsNumeric": True}]
    known, whole = [present("$.by")], [*numbered, present("$.overrides"), present("$.by")]
    by_person = {"Or": [absent("$.by"), {"And": [*known, is_("$.by", "hand")]}]}
    missing = [absent(path) for path in ("$.generation", "$.overrides", "$.by")]
    backfill = [*known, is_("$.by", "backfill"), *numbered, absent("$.overrides")]
    return [
        {"And": [*known, is_("$.by", "tables")], "Next": "FromTables"},
        {
            "And": [
                *known,
                is_("$.by", "files"),
                absent("$.generation"),
                present("$.overrides"),
            ],
            "Next": "FromFiles",
        },
        {"And": backfill, "Next": "Backfill"},
        {"And": [*numbered, present("$.overrides"), by_person], "Next": "ByHand"},
        {"And": [*whole, is_("$.by", "queue")], "Next": "FromQueue"},
        {"And": [*whole, is_("$.by", "backfill")], "Next": "BackfillWith"},
        {"And": [*whole, is_("$.by", *_BY_TRIGGER)], "Next": "Triggered"},
        {"Or": missing, "Next": "Defaults"},
    ]


def _start(
    by: str, *, key: str = "$.key", what: Mapping[str, object], then: str, waits: bool
) -> State:
    """Write who starts which run, and the lane that follows from it."""
    lock = {"lock.$": formatted(f"{LOCK}#{{}}", "$.key")} if by == "backfill" else {"lock": LOCK}
    pause = {"pause": NEVER_PAUSED if by in _BY_HAND else PAUSE}
    ready = {"ready": _ALL_THERE if by == "tables" else _NO_MATTER} if waits else {}
    starter = {"by.$" if by.startswith("$") else "by": by}
    lane = {**pause, **lock, **ready}
    values = {"key.$": key, **what, "attempt": 1, **starter, "lane": lane, "race": {"tries": 0}}
    return note(values, at=None, then=then)


def _scheduled_key() -> str:
    return formatted("{}{}{}{}{}", *_time_parts())


def _event_key() -> str:
    event = "States.ArrayGetItem(States.StringSplit($.event_id, '-'), 0)"
    return formatted("{}{}{}{}{}-{}", *_time_parts(), event)


def _time_parts() -> list[str]:
    parts = f"States.StringSplit($.scheduled_time, '{_TIME_SEPARATORS}')"
    return [f"States.ArrayGetItem({parts}, {index})" for index in range(5)]
