"""What is sent: good records, and of each other kind as many as were asked for. Pure and seeded."""

import json
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sparkcli.producing.broken import broken_value

Record = Mapping[str, Any]

LATE_BY = timedelta(hours=2)
"""How far the moments of a late record lie back; a stream whose watermark waits longer takes it."""

REMEMBERED = 50
"""One of so many records before it is what a duplicate repeats, so that it comes soon after."""


class Kind(StrEnum):
    """What becomes of a record if all goes well.

    good: a row. late: in the late table, or a row if it came before the watermark did.
    duplicate: nothing, for its original is there. bad: in quarantine.
    """

    GOOD = "good"
    LATE = "late"
    DUPLICATE = "duplicate"
    BAD = "bad"


@dataclass(frozen=True)
class Shares:
    """Which part of the records is of each kind, 0 to 1; the rest is good."""

    bad: float = 0.0
    late: float = 0.0
    duplicates: float = 0.0

    def draw(self, lot: float) -> Kind:
        """The kind for a number from 0 to 1.

        >>> Shares(bad=0.1, late=0.1).draw(0.15).value
        'late'
        """
        ordered = ((Kind.BAD, self.bad), (Kind.LATE, self.late), (Kind.DUPLICATE, self.duplicates))
        for kind, share in ordered:
            if lot < share:
                return kind
            lot -= share
        return Kind.GOOD


@dataclass(frozen=True)
class Message:
    """One record as it is sent.

    Args:
        kind: What should become of it.
        identity: What its row is recognised by; empty for a bad one.
        key: The record's key.
        value: Its value; None is a record without one.
    """

    kind: Kind
    identity: str
    key: bytes
    value: bytes | None


@dataclass(frozen=True)
class Form:
    """How records of a topic look.

    Args:
        columns: Types by name, as the contract has them.
        required: Columns that a record must have.
        identity: The column that a record is recognised by.
        key: The column whose value is the record's key.
    """

    columns: Mapping[str, str]
    required: tuple[str, ...]
    identity: str
    key: str

    @property
    def moments(self) -> tuple[str, ...]:
        """Columns that say when something was."""
        return tuple(name for name, kind in self.columns.items() if kind.startswith("timestamp"))


def messages(records: Iterator[Record], form: Form, shares: Shares, seed: int) -> Iterator[Message]:
    """Messages without end; the same records, shares and seed give the same kinds in one order.

    Args:
        records: Good ones.
        form: How they look.
        shares: How many of which kind.
        seed: What kinds and faults are drawn from.
    """
    draw = random.Random(f"{seed}/kinds")
    recent: deque[Message] = deque(maxlen=REMEMBERED)
    makers: dict[Kind, Callable[[Record], Message]] = {
        Kind.GOOD: lambda record: _whole(Kind.GOOD, record, form),
        Kind.LATE: lambda record: _whole(Kind.LATE, _late(record, form), form),
        Kind.BAD: lambda record: _bad(record, form, draw),
    }
    while True:
        kind = shares.draw(draw.random())
        if kind is Kind.DUPLICATE and recent:
            original = draw.choice(recent)
            yield Message(kind, original.identity, original.key, original.value)
            continue
        kind = Kind.GOOD if kind is Kind.DUPLICATE else kind
        message = makers[kind](next(records))
        if kind is Kind.GOOD:
            recent.append(message)
        yield message


def _whole(kind: Kind, record: Record, form: Form) -> Message:
    return Message(kind, str(record[form.identity]), _key(record, form), _json(record))


def _bad(record: Record, form: Form, draw: random.Random) -> Message:
    value = broken_value(record, form.columns, form.required, draw)
    return Message(Kind.BAD, "", _key(record, form), value)


def _late(record: Record, form: Form) -> Record:
    moved = {name: _earlier(str(record[name])) for name in form.moments if record.get(name)}
    return {**record, **moved}


def _earlier(text: str) -> str:
    moment = datetime.fromisoformat(text) - LATE_BY
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _key(record: Record, form: Form) -> bytes:
    return str(record[form.key]).encode()


def _json(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
