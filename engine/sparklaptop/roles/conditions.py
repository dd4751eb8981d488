"""Conditions of policies. An operator that is not known is an error, never a guess."""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sparklaptop.roles.patterns import ArnPattern, Context, Pattern
from sparklaptop.roles.problems import PolicyError

Matches = Callable[[str, Context], bool]
_T = TypeVar("_T")
_QUANTIFIERS = ("ForAllValues", "ForAnyValue")
_COMPARISONS = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
}


@dataclass(frozen=True)
class Condition:
    """One key under one operator.

    Args:
        key: In small letters.
        wanted: Any of these must match (none of them, if negated).
        quantifier: `ForAllValues`, `ForAnyValue` or nothing.
        negated: `StringNotEquals` and the like.
        if_exists: Whether a key without a value is as good as a match.
        null: For `Null`: whether the key must be missing.
    """

    key: str
    wanted: tuple[Matches, ...]
    quantifier: str = ""
    negated: bool = False
    if_exists: bool = False
    null: bool | None = None

    def holds(self, context: Context) -> bool:
        """Whether a request is as the condition says."""
        given = context.get(self.key)
        if self.null is not None:
            return (not given and given != "") == self.null
        if given is None:
            return self._without_value()
        values = (given,) if isinstance(given, str) else given
        hits = [
            any(matches(value, context) for matches in self.wanted) != self.negated
            for value in values
        ]
        every = self.quantifier == "ForAllValues" or (self.negated and not self.quantifier)
        return all(hits) if every else any(hits)

    def _without_value(self) -> bool:
        if self.quantifier == "ForAnyValue":
            # No value matches what there is none of, whatever is appended to the operator.
            return False
        return self.if_exists or self.negated or self.quantifier == "ForAllValues"


def parse(block: Mapping[str, Any], *, variables: bool) -> tuple[Condition, ...]:
    """Read a `Condition` block.

    Raises:
        PolicyError: It holds what is not known.
    """
    return tuple(
        _condition(spelled, key, values, variables=variables)
        for spelled, keys in block.items()
        for key, values in keys.items()
    )


def _condition(spelled: str, key: str, values: Any, *, variables: bool) -> Condition:  # noqa: ANN401
    quantifier, _, name = spelled.rpartition(":")
    if quantifier and quantifier not in _QUANTIFIERS:
        raise PolicyError(f"condition operator {spelled}: {quantifier} is not known")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    wanted = [_text(value) for value in (values if isinstance(values, list) else [values])]
    if name == "Null":
        return Condition(key.lower(), (), null=wanted[0].lower() == "true")
    negated = "Not" in name
    make = _OPERATORS.get(name.replace("Not", "", 1) if negated else name)
    if make is None:
        raise PolicyError(f"condition operator {spelled} is not known")
    return Condition(
        key=key.lower(),
        wanted=tuple(make(text, variables) for text in wanted),
        quantifier=quantifier,
        negated=negated,
        if_exists=if_exists,
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _string(
    *, wildcards: bool = False, ignore_case: bool = False
) -> Callable[[str, bool], Matches]:
    def make(text: str, variables: bool) -> Matches:
        return Pattern(
            text, wildcards=wildcards, variables=variables, ignore_case=ignore_case
        ).matches

    return make


def _arn(text: str, variables: bool) -> Matches:
    return ArnPattern(text, variables=variables).matches


def _bool(text: str, _variables: bool) -> Matches:
    return lambda value, _context: value.lower() == text.lower()


def _compared(
    read: Callable[[str], _T], compare: Callable[[Any, Any], bool]
) -> Callable[[str, bool], Matches]:
    def make(text: str, _variables: bool) -> Matches:
        try:
            wanted = read(text)
        except ValueError as error:
            raise PolicyError(f"condition value {text!r}: {error}") from error

        def matches(value: str, _context: Context) -> bool:
            try:
                return compare(read(value), wanted)
            except ValueError:
                return False

        return matches

    return make


def _moment(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _address(text: str, _variables: bool) -> Matches:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise PolicyError(f"condition value {text!r}: {error}") from error

    def matches(value: str, _context: Context) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return matches


_OPERATORS: Mapping[str, Callable[[str, bool], Matches]] = {
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": _bool,
    "IpAddress": _address,
    "StringEquals": _string(),
    "StringEqualsIgnoreCase": _string(ignore_case=True),
    "StringLike": _string(wildcards=True),
    **{f"Numeric{name}": _compared(float, each) for name, each in _COMPARISONS.items()},
    **{f"Date{name}": _compared(_moment, each) for name, each in _COMPARISONS.items()},
}


def known_operators() -> Sequence[str]:
    """Every operator without quantifier, negation and IfExists."""
    return [*_OPERATORS, "Null"]
