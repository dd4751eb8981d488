"""Which faults there are, in which order: drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

POINTS = (
    "before the sink",
    "quarantine staged",
    "between the tables",
    "output staged",
    "before commitTransaction",
    "after commitTransaction",
    "after the sink",
    "after the commit log",
    "commit log forgotten",
)
"""Where a driver dies in a micro-batch, in the order in which it comes there."""

IN_THE_LOG = POINTS[-2:]
"""Those after Spark has written that the batch is done."""

FORGOTTEN = POINTS[-1]
"""The newest entry of that log is then removed, and the tables are compacted and expired."""

SHARES = {"point": 0.45, "raised": 0.15, "random": 0.2, "broker": 0.2}
"""The kinds of faults, and their shares."""


@dataclass(frozen=True)
class Fault:
    """A fault.

    Args:
        number: From 0, in the order in which they come.
        kind: `point`: SIGKILL at a named point. `raised`: the query dies there of an error, and
            begins anew in the same JVM with sessions, catalogs and state stores of its own.
            `random`: SIGKILL at some moment. `broker`: SIGKILL of the broker.
        point: For the first two kinds.
        skip: How many micro-batches pass the point before.
        pause: From 0 to 1, for the other two kinds: when.
    """

    number: int
    kind: str
    point: str = ""
    skip: int = 0
    pause: float = 0.0

    @property
    def ends_process(self) -> bool:
        """Whether the driver's process ends by it."""
        return self.kind in ("point", "random")

    @property
    def name(self) -> str:
        """For people."""
        return {
            "point": f"SIGKILL {self.point}",
            "raised": f"error {self.point}",
            "random": "SIGKILL at random",
            "broker": "broker SIGKILL",
        }[self.kind]


def planned(count: int, kinds: Sequence[str], seed: int) -> list[Fault]:
    """Draw faults.

    Args:
        count: How many.
        kinds: Which kinds, in their shares.
        seed: What is drawn from.
    """
    draw = random.Random(seed)
    whole = sum(SHARES[kind] for kind in kinds)
    of = {kind: max(1, round(count * SHARES[kind] / whole)) for kind in kinds[1:]}
    of = {kinds[0]: max(0, count - sum(of.values())), **of}
    drawn = [
        (kind, POINTS[number % len(POINTS)] if kind in ("point", "raised") else "")
        for kind in kinds
        for number in range(of[kind])
    ]
    draw.shuffle(drawn)
    return [
        Fault(number, kind, point, skip=draw.randrange(2), pause=draw.random())
        for number, (kind, point) in enumerate(drawn)
    ]


def processes(faults: Sequence[Fault]) -> Iterator[list[Fault]]:
    """Part faults by the processes that see them; the last of each ends its process."""
    together: list[Fault] = []
    for fault in faults:
        together.append(fault)
        if fault.ends_process:
            yield together
            together = []
    if together:
        yield together
