"""Calls that have an effect once, however often they are made: the steps of a stack's operation.

An operation that was cut off is run again from its first step. A step that was done before the
cut is not done again: its answer was kept in the same transaction as its effect.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparklaptop.state.rows import Rows

HEADER = "X-Sparkrail-Step"
ENVIRON = "HTTP_X_SPARKRAIL_STEP"
_KIND = "answer"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of the cloud.

    Args:
        status: Code and words.
        headers: Names and values.
        body: All of it.
    """

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def good(self) -> bool:
        """Whether what was asked for was done."""
        return self.status < "4"


class Answers:
    """Answers that were given, by the step that asked.

    Args:
        rows: Where they are kept.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def get(self, step: str) -> Answer | None:
        """The answer that a step got before; None if it was never made."""
        found: Answer | None = self._rows.get(_KIND, step)
        return found

    def keep(self, step: str, answer: Answer) -> None:
        """Keep an answer; inside the transaction that keeps the effect."""
        self._rows.put(_KIND, step, answer)

    def forget(self, operation: str) -> None:
        """An operation is over: nobody asks for its steps again."""
        self._rows.drop_under(_KIND, f"{operation}/")
