"""What can be wrong with what people wrote, and how it is said.

A problem says where (file, line, key), what (the value), why not and what is allowed, and the
nearest right spelling. All problems of all files travel together in one `ManifestError`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

_ALIKE = 0.6
REFUSED = "refused"
"""The pydantic error type of every refusal that this package words itself."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, and what would be right.

    Args:
        file: Path from the project's root, with forward slashes.
        line: Line in that file, from 1. Default: the problem is with the file or folder itself.
        key: Dotted key, such as `spark.driver.vcpu`. Default: none.
        value: What was written there, as TOML. Default: nothing was.
        text: Goes on where "key = value" ends: "is not a size. Sizes: ...".
        nearest: The nearest right spelling. Default: nothing comes near.
    """

    file: str
    line: int | None = None
    key: str = ""
    value: str | None = None
    text: str
    nearest: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        what = self.key if self.value is None else f"{self.key} = {self.value}"
        lines = [f"{place}  {what}" if what else place, f"    {self.text}"]
        if self.nearest is not None:
            lines.append(f'    Did you mean "{self.nearest}"?')
        return "\n".join(map(_printable, lines))

    @property
    def order(self) -> tuple[str, int, str, str]:
        """Problems are shown file by file, from top to bottom."""
        return (self.file, self.line or 0, self.key, self.text)


def _printable(line: str) -> str:
    """Take the control characters, which a terminal would obey, out of what people wrote."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem of a model, before it is known in which file the model was written.

    Args:
        path: The key to blame, from the model's root.
        text: As in `Problem.text`.
        nearest: As in `Problem.nearest`.
    """

    path: tuple[str | int, ...]
    text: str
    nearest: str | None = None


class ManifestError(Exception):
    """What people wrote cannot be used. Printing it shows every problem; no traceback is needed.

    Args:
        problems: At least one. Sorted here, each kept once.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda problem: problem.order))
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        total = "1 problem" if count == 1 else f"{count} problems"
        return "\n".join([*map(str, self.problems), f"{total}. Nothing was synthesized."])


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Say which allowed word comes nearest to a misspelt one, if any comes near.

    >>> nearest("smal", ["small", "large"])
    'small'
    >>> nearest("banana", ["small", "large"]) is None
    True
    """
    written = word.lower()

    def likeness(each: str) -> tuple[float, int]:
        matcher = difflib.SequenceMatcher(None, each.lower(), written)
        begins_alike = takewhile(lambda pair: pair[0] == pair[1], zip(each, word, strict=False))
        return matcher.ratio(), len(list(begins_alike))

    best = max(sorted(allowed), key=likeness, default=None)
    return best if best is not None and likeness(best)[0] >= _ALIKE else None


def listed(words: Iterable[str]) -> str:
    """Join words for a sentence: "a, b, c"."""
    return ", ".join(words)


def refuse(text: str, *, at: tuple[str, ...] = (), nearest: str | None = None) -> Exception:
    """Make the error that a validator of a model raises.

    Args:
        text: Goes on where "key = value" ends, as in `Problem.text`.
        at: Keys below the validated value, when one of them is to blame.
        nearest: The nearest right spelling.
    """
    words = {"text": text, "at": at, "nearest": nearest}
    return PydanticCustomError(REFUSED, "{text}", words)


def refuse_all(model: str, findings: Iterable[Finding]) -> Exception:
    """Make the error that a validator of a model raises when several things are wrong at once.

    Args:
        model: Name of the model.
        findings: What is wrong; their paths begin at the model.
    """
    return ValidationError.from_exception_data(
        model,
        [
            InitErrorDetails(
                type=PydanticCustomError(
                    REFUSED, "{text}", {"text": each.text, "at": (), "nearest": each.nearest}
                ),
                loc=each.path,
                input=None,
            )
            for each in findings
        ],
    )
