"""Event patterns of EventBridge: which events start a run.

Sources: EventBridge user guide, "Event pattern syntax" and "Comparison operators"; PutRule API,
EventPattern (4,096 characters).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from sparkmodel.problems import listed, nearest, refuse

LONGEST_PATTERN = 4096
FIELDS = (
    *("source", "detail-type", "detail", "resources", "account", "region", "time", "id"),
    "version",
)
"""What every event has at its top."""

FILTERS = (
    *("prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but"),
    *("numeric", "exists", "cidr"),
)
_OR = "$or"
_FEWEST_CHOICES = 2
_TELLING = {"source", "detail-type"}


def _event_pattern(pattern: dict[str, object]) -> dict[str, object]:
    if not pattern:
        raise refuse('is empty and would match every event. Give at least source = ["..."].')
    _check_fields(pattern, ())
    if not _tells_apart(pattern):
        raise refuse(
            "matches events of every service. Give source or detail-type too, such as "
            'source = ["aws.s3"].'
        )
    length = len(as_json(pattern))
    if length > LONGEST_PATTERN:
        raise refuse(f"has {length} characters as JSON, EventBridge takes {LONGEST_PATTERN}.")
    return pattern


EventPattern = Annotated[dict[str, object], AfterValidator(_event_pattern)]


def as_json(pattern: Mapping[str, object]) -> str:
    """Write a pattern as a rule has it."""
    return json.dumps(pattern, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _tells_apart(pattern: Mapping[str, object]) -> bool:
    choices = pattern.get(_OR)
    each_choice = isinstance(choices, list) and all(_tells_apart(each) for each in choices)
    return bool(_TELLING & pattern.keys()) or each_choice


def _check_fields(pattern: Mapping[str, object], above: tuple[str, ...]) -> None:
    for name, value in pattern.items():
        if name == _OR:
            _check_choices(value, above)
            continue
        if not _inside_detail(above) and name not in FIELDS:
            raise refuse(
                f"is not a field of an event. Fields: {listed(FIELDS)}.",
                at=(*above, name),
                nearest=nearest(name, FIELDS),
            )
        _check_value(value, (*above, name))


def _inside_detail(above: tuple[str, ...]) -> bool:
    return "detail" in above


def _check_choices(choices: object, above: tuple[str, ...]) -> None:
    at = (*above, _OR)
    if not isinstance(choices, list) or len(choices) < _FEWEST_CHOICES:
        raise refuse("must be a list of two or more patterns: [{ ... }, { ... }].", at=at)
    for number, each in enumerate(choices):
        if not isinstance(each, dict) or not each:
            raise refuse("must be a pattern: { field = [...] }.", at=(*at, str(number)))
        _check_fields(each, (*at, str(number)))


def _check_value(value: object, at: tuple[str, ...]) -> None:
    if isinstance(value, dict) and _inside_detail(at):
        if not value:
            raise refuse("is empty. Give it fields, or leave it out.", at=at)
        _check_fields(value, at)
    elif not isinstance(value, list):
        raise refuse('must be a list of what matches, such as ["value"].', at=at)
    elif not value:
        raise refuse("is an empty list, which never matches. Leave it out, or fill it.", at=at)
    else:
        for number, each in enumerate(value):
            _check_match(each, (*at, str(number)))


def _check_match(value: object, at: tuple[str, ...]) -> None:
    if isinstance(value, dict):
        _check_filter(value, at)
    elif not isinstance(value, str | int | float):
        raise refuse("must be text, a number, true or false, or one filter.", at=at)


def _check_filter(found: Mapping[str, object], at: tuple[str, ...]) -> None:
    [name, *more] = found or {"": None}
    if more or name not in FILTERS:
        raise refuse(
            f"is not one filter: {{ prefix = ... }}. Filters: {listed(FILTERS)}.",
            at=at,
            nearest=nearest(name, FILTERS),
        )
    if fault := _filter_fault(name, found[name]):
        raise refuse(fault, at=(*at, name))


def _filter_fault(name: str, value: object) -> str | None:
    if name == "exists":
        return None if isinstance(value, bool) else "must be true or false."
    if name == "numeric":
        return None if _is_numeric(value) else 'must read like [">", 0, "<=", 5].'
    if name == "anything-but":
        return None if _is_anything_but(value) else "must be a value, a list of them, or a filter."
    if name in ("prefix", "suffix") and isinstance(value, dict):
        ignoring = list(value) == ["equals-ignore-case"] and _is_text(*value.values())
        return None if ignoring else "must be text."
    return None if _is_text(value) else "must be text."


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_numeric(value: object) -> bool:
    if not isinstance(value, list) or len(value) not in (2, 4):
        return False
    signs, numbers = value[::2], value[1::2]
    return all(sign in ("<", "<=", "=", ">", ">=") for sign in signs) and all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in numbers
    )


def _is_anything_but(value: object) -> bool:
    if isinstance(value, dict):
        names = ("prefix", "suffix", "equals-ignore-case", "wildcard")
        return len(value) == 1 and all(
            name in names and all(map(_is_text, inner if isinstance(inner, list) else [inner]))
            for name, inner in value.items()
        )
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(
        isinstance(each, str | int | float) and not isinstance(each, bool) for each in values
    )
