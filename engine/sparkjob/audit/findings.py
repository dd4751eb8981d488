"""What an audit found, in words that are short enough for a mail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, NamedTuple, Sequence, Tuple

MOST_LETTERS = 1600  # of all findings together; an error and its hint pass through Step Functions
_LINE = 300
MOST_OF_NAME = 80


@dataclass(frozen=True)
class Finding:
    """A check that an output breaks.

    Args:
        output: What the code calls the output.
        check: The check, such as `ratio <= 1`.
        count: How many rows break it; of a check in SQL, those of its answer; all, if the check
            is about the output as a whole.
        rows: How many rows the run brings.
        sample: Key and value of a few of those that break it.
        found: What was found instead, where it is not simply rows that break the check.
    """

    output: str
    check: str
    count: int
    rows: int
    sample: Tuple[Dict[str, Any], ...] = ()
    found: str = ""

    def __str__(self) -> str:
        breaks = "breaks" if self.found or self.count == 1 else "break"
        who = self.output if self.found else f"{self._share()} of {self.output}"
        what = f"{self._name()}: {self.found}" if self.found else self._name()
        first = ", ".join(f"{name} {_shown(value)}" for name, value in _first(self.sample))
        return cut(f"{who} {breaks} {what}" + (f", for example {first}" if first else ""), _LINE)

    def brief(self) -> str:
        """The finding without examples, below a line that names the output."""
        return f"{self._name()}: {self.found or self._share()}"

    def _share(self) -> str:
        return f"{self.count:,} of {rows_said(self.rows)}"

    def _name(self) -> str:
        return cut(" ".join(self.check.split()), MOST_OF_NAME)


class Line(NamedTuple):
    """What is broken, in full and in short."""

    full: str
    brief: str


def listed(lines: Sequence[Line], most: int = MOST_LETTERS) -> str:
    """List what is broken; if that is too long without examples, then only the first.

    Args:
        lines: At least one.
        most: Letters of the text, about.
    """
    told = [f"  {line.full}" for line in lines]
    if _letters(told) > most:
        told = [f"  {line.brief}" for line in lines]
    shown = told
    while _letters(shown) > most:
        shown = shown[:-1]
    if len(shown) < len(told):
        shown = [*shown, f"  and {len(told) - len(shown)} more"]
    return "\n".join(shown)


def rows_said(count: int) -> str:
    """So many rows.

    >>> rows_said(1), rows_said(1204)
    ('1 row', '1,204 rows')
    """
    return "1 row" if count == 1 else f"{count:,} rows"


def cut(text: str, most: int) -> str:
    """The text, or its beginning.

    >>> cut("Alabama", 4)
    'Ala…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _first(sample: Sequence[Dict[str, Any]]) -> Sequence[Tuple[str, Any]]:
    return list(sample[0].items()) if sample else []


def _shown(value: object) -> str:
    """A value as a person reads it; quoted if one could not see where it begins or ends."""
    if isinstance(value, str) and value and value.isprintable() and value == value.strip():
        return value
    return json.dumps(value, ensure_ascii=False)


def _letters(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)
