"""Whether an event matches an event pattern.

(EventBridge guide, comparison operators.)

moto's matcher takes an operator that it does not know for one that matches everything, and does
not look into arrays of objects.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sparklaptop.untyped import Json

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_OR = "$or"
_MISSING = object()


class PatternError(ValueError):
    """An event pattern that EventBridge would not take; the message says why."""


def check(pattern: Json) -> None:
    """Refuse a pattern that EventBridge would not take.

    Raises:
        PatternError: It is not one.
    """
    if not isinstance(pattern, dict) or not pattern:
        raise PatternError("a pattern is an object with at least one field")
    for name, wanted in pattern.items():
        if name == _OR and isinstance(wanted, list):
            for one in wanted:
                check(one)
        elif isinstance(wanted, dict):
            check(wanted)
        elif not isinstance(wanted, list) or not wanted:
            raise PatternError(f'"{name}" must be an object or an array that is not empty')
        else:
            for one in wanted:
                _check_value(name, one)


def _check_value(name: str, wanted: Json) -> None:
    if isinstance(wanted, list):
        raise PatternError(f'"{name}" holds an array in an array')
    if not isinstance(wanted, dict):
        return
    if len(wanted) != 1:
        raise PatternError(f'"{name}" must name one operator, not {sorted(wanted)}')
    ((kind, _),) = wanted.items()
    if kind not in _OPERATORS and kind != "exists":
        raise PatternError(f'"{name}": unrecognized match type {kind}')


def matches(pattern: Mapping[str, Any], event: Json) -> bool:
    """Whether every field of the pattern is met by the event."""
    for name, wanted in pattern.items():
        if name == _OR and isinstance(wanted, list):
            if not any(matches(one, event) for one in wanted):
                return False
        elif isinstance(wanted, dict):
            if not any(matches(wanted, inner) for inner in _objects(_field(event, name))):
                return False
        elif not _any_value(wanted, _field(event, name)):
            return False
    return True


def _field(event: Json, name: str) -> Json:
    return event.get(name, _MISSING) if isinstance(event, dict) else _MISSING


def _objects(value: Json) -> Iterator[Json]:
    # A pattern below something that is not there may still ask that it does not exist.
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))
    else:
        yield value if isinstance(value, dict) else {}


def _any_value(wanted: list[Any], value: Json) -> bool:
    there = value is not _MISSING and not isinstance(value, dict)
    values = (value if isinstance(value, list) else [value]) if there else []
    for one in wanted:
        if isinstance(one, dict):
            ((kind, operand),) = one.items()
            if kind == "exists":
                if operand is there:
                    return True
            elif any(_OPERATORS[kind](each, operand) for each in values):
                return True
        elif any(_same(each, one) for each in values):
            return True
    return False


def _same(value: Json, wanted: Json) -> bool:
    # In Python True is 1; in JSON it is not.
    return isinstance(value, bool) is isinstance(wanted, bool) and bool(value == wanted)


def _prefix(value: Json, wanted: Json) -> bool:
    return _edge(value, wanted, str.startswith)


def _suffix(value: Json, wanted: Json) -> bool:
    return _edge(value, wanted, str.endswith)


def _edge(value: Json, wanted: Json, test: Callable[[str, str], bool]) -> bool:
    if not isinstance(value, str):
        return False
    if isinstance(wanted, dict):
        return _edge(value.lower(), _lower(wanted["equals-ignore-case"]), test)
    return any(test(value, one) for one in _list(wanted))


def _ignoring_case(value: Json, wanted: Json) -> bool:
    return isinstance(value, str) and value.lower() in _list(_lower(wanted))


def _lower(wanted: Json) -> list[str]:
    return [one.lower() for one in _list(wanted)]


def _list(wanted: Json) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _numeric(value: Json, wanted: Json) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(wanted[::2], wanted[1::2], strict=True)
    return all(_COMPARISONS[sign](value, number) for sign, number in pairs)


def _anything_but(value: Json, wanted: Json) -> bool:
    if isinstance(wanted, dict):
        ((kind, operand),) = wanted.items()
        return not _OPERATORS[kind](value, operand)
    return not any(_same(value, one) for one in _list(wanted))


def _cidr(value: Json, wanted: Json) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)
    except ValueError:
        return False


def _wildcard(value: Json, wanted: Json) -> bool:
    return isinstance(value, str) and any(
        _expression(one).fullmatch(value) is not None for one in _list(wanted)
    )


@lru_cache(maxsize=256)
def _expression(wildcard: str) -> re.Pattern[str]:
    parts = re.findall(r"\\[*\\]|.", wildcard, re.DOTALL)
    text = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    return re.compile(text, re.DOTALL)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
