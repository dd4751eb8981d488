"""Patterns of policies: `*`, `?` and variables such as `${aws:PrincipalTag/team}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Context = Mapping[str, str | tuple[str, ...]]
"""Condition keys in small letters -> value, or values of a key that has several."""

_ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_WITH_DEFAULT = re.compile(r"\s*([^,\s]+)\s*,\s*'(.*)'\s*")
_ESCAPED = ("*", "?", "$")


class Pattern:
    """A text that a policy compares with.

    Args:
        text: As the policy has it.
        wildcards: Whether `*` and `?` stand for other letters.
        variables: Whether `${...}` is replaced; policies before 2012-10-17 have none.
        ignore_case: Whether capitals and small letters are the same.
    """

    def __init__(
        self,
        text: str,
        *,
        wildcards: bool = True,
        variables: bool = True,
        ignore_case: bool = False,
    ) -> None:
        self._wildcards = wildcards
        self._flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        self._pieces = tuple(_pieces(text) if variables else [(text, "")])
        self._fixed = None if any(name for _, name in self._pieces) else self._compiled({})

    def matches(self, value: str, context: Context) -> bool:
        """Whether the value is meant. A variable without a value matches nothing."""
        found = self._fixed or self._compiled(context)
        return found is not None and found.fullmatch(value) is not None

    def _compiled(self, context: Context) -> re.Pattern[str] | None:
        written = ""
        for text, name in self._pieces:
            written += _expression(text) if self._wildcards else re.escape(text)
            if name:
                value = _value(name, context)
                if value is None:
                    return None
                written += re.escape(value)
        return re.compile(written, self._flags)


class ArnPattern:
    """An ARN that a policy compares with, part by part.

    No `*` reaches over a colon of the first five.

    Args:
        text: As the policy has it; `*` alone is everything.
        variables: Whether `${...}` is replaced.
        complete: Whether missing parts are `*`, as in `Resource`.
    """

    def __init__(self, text: str, *, variables: bool = True, complete: bool = False) -> None:
        self._everything = text == "*"
        parts = _arn_parts(text)
        if complete:
            parts += ["*"] * (_ARN_PARTS - len(parts))
        self._parts = [Pattern(part, variables=variables) for part in parts]
        self._whole = None if variables and _VARIABLE.search(text) else _whole(parts)

    def matches(self, value: str, context: Context) -> bool:
        """Whether the ARN is meant."""
        if self._everything:
            return True
        if self._whole:
            return self._whole.fullmatch(value) is not None
        parts = value.split(":", _ARN_PARTS - 1)
        return len(parts) == len(self._parts) and all(
            pattern.matches(part, context) for pattern, part in zip(self._parts, parts, strict=True)
        )


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Literal text, each with the variable that follows it."""
    at = 0
    for found in _VARIABLE.finditer(text):
        yield text[at : found.start()], found[1]
        at = found.end()
    yield text[at:], ""


def _expression(text: str, any_letter: str = ".") -> str:
    stands_for = {"*": f"{any_letter}*", "?": any_letter}
    return "".join(stands_for.get(letter) or re.escape(letter) for letter in text)


def _whole(parts: list[str]) -> re.Pattern[str]:
    """An ARN in one expression, which is several times as fast as part by part."""
    short = len(parts) < _ARN_PARTS
    before, last = (parts, []) if short else (parts[:-1], parts[-1:])
    written = [_expression(part, "[^:]") for part in before] + [_expression(part) for part in last]
    return re.compile(":".join(written), re.DOTALL)


def _value(name: str, context: Context) -> str | None:
    if name in _ESCAPED:
        return name
    if with_default := _WITH_DEFAULT.fullmatch(name):
        return _value(with_default[1], context) or with_default[2]
    value = context.get(name.strip().lower())
    return value if isinstance(value, str) else None


def _arn_parts(text: str) -> list[str]:
    # A colon inside of ${...} is part of a key's name.
    hidden = _VARIABLE.sub(lambda found: found[0].replace(":", "\0"), text)
    return [part.replace("\0", ":") for part in hidden.split(":", _ARN_PARTS - 1)]
