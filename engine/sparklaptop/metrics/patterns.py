"""Filter patterns of CloudWatch Logs: which lines are meant.

The patterns for JSON are understood: `{ $.a = "x" && ($.b > 3 || $.c = *) }`, and the empty one,
which means every line. (CloudWatch Logs guide, "Filter pattern syntax for metric filters".)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from sparklaptop.untyped import Json

Test = Callable[[Json], bool]
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<sign>&&|\|\||!=|<=|>=|[=<>(){}])
    | (?P<word>[^\s&|=<>!(){}"]+)
    )""",
    re.VERBOSE,
)
_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_KINDS = {
    "NULL": lambda value: value is None,
    "TRUE": lambda value: value is True,
    "FALSE": lambda value: value is False,
}
_MISSING = object()


class PatternError(ValueError):
    """A pattern that the laptop cloud does not understand."""


def parse(pattern: str) -> Test:
    """Read a pattern.

    Raises:
        PatternError: It is not understood; says where.
    """
    if not pattern.strip():
        return lambda _line: True
    return _Reader(pattern).whole()


def value_at(selector: str, line: Json) -> Json:
    """What a selector such as `$.a.b[0]` means in a line; None if there is nothing."""
    found = _at(selector, line)
    return None if found is _MISSING else found


def _at(selector: str, line: Json) -> Any:  # noqa: ANN401
    found: Any = line
    for name, number in _PART.findall(selector.removeprefix("$")):
        if number and isinstance(found, list) and int(number) < len(found):
            found = found[int(number)]
        elif name and isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return _MISSING
    return found


class _Reader:
    """Reads one pattern: `||` of `&&` of conditions."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._tokens = [*self._split()]

    def _split(self) -> list[str]:
        at, found = 0, []
        text = self._pattern.rstrip()
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise self._error(f"at {text[at : at + 10]!r}")
            found.append(token[0].strip())
            at = token.end()
        return found

    def _error(self, where: str) -> PatternError:
        return PatternError(f"the filter pattern {self._pattern!r} is not understood {where}")

    def _next(self, *wanted: str) -> str:
        if not self._tokens or (wanted and self._tokens[0] not in wanted):
            raise self._error(f"where {' or '.join(wanted) or 'something'} must stand")
        return self._tokens.pop(0)

    def whole(self) -> Test:
        self._next("{")
        test = self._either()
        self._next("}")
        if self._tokens:
            raise self._error(f"from {self._tokens[0]!r} on")
        return lambda line: isinstance(line, dict) and test(line)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._tokens[:1] == ["||"]:
            self._next("||")
            tests.append(self._both())
        return lambda line: any(test(line) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._tokens[:1] == ["&&"]:
            self._next("&&")
            tests.append(self._one())
        return lambda line: all(test(line) for test in tests)

    def _one(self) -> Test:
        if self._tokens[:1] == ["("]:
            self._next("(")
            test = self._either()
            self._next(")")
            return test
        selector = self._next()
        if not selector.startswith("$"):
            raise self._error(f"at {selector!r}: a selector begins with $")
        sign = self._next("=", "!=", "<", ">", "<=", ">=", "IS", "NOT")
        wanted = self._next()
        if sign == "NOT" and wanted == "EXISTS":
            return lambda line: _at(selector, line) is _MISSING
        if sign == "IS" and wanted in _KINDS:
            return lambda line: _KINDS[wanted](_at(selector, line))
        if sign in ("IS", "NOT"):
            raise self._error(f"at {sign} {wanted}")
        return _compared(selector, sign, wanted)


def _compared(selector: str, sign: str, wanted: str) -> Test:
    text = wanted[1:-1] if wanted.startswith('"') else wanted

    def equal(line: Json) -> bool:
        found = _at(selector, line)
        if found is _MISSING or isinstance(found, dict | list):
            return False
        number = _number(text)
        if isinstance(found, int | float) and number is not None:
            return found == number
        return fnmatchcase(str(found), text.replace("[", "[[]"))

    def ordered(line: Json) -> bool:
        found, limit = _at(selector, line), _number(text)
        if not isinstance(found, int | float) or limit is None:
            return False
        below = found < limit or (sign.endswith("=") and found == limit)
        above = found > limit or (sign.endswith("=") and found == limit)
        return below if sign.startswith("<") else above

    if sign == "=":
        return equal
    return (lambda line: not equal(line)) if sign == "!=" else ordered


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
