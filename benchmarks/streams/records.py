"""Orders of which everything is known: the number of a record says what must become of it."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PARTITIONS = 4
STORES = (
    *((f"ch-{n:02}", "CH", "CHF") for n in range(1, 4)),
    *((f"de-{n:02}", "DE", "EUR") for n in range(1, 6)),
    *((f"us-{n:02}", "US", "USD") for n in range(1, 9)),
)
BAD_EVERY, AGAIN_EVERY = 50, 100
BAD_AT, AGAIN_AT, AGAIN_OF = 7, 13, 5
_BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Record:
    """What is sent: its place in the topic, and its value."""

    partition: int
    key: bytes
    value: bytes | None


class Records:
    """All orders of a seed.

    One of 50 is bad, in turn in each way in which a record can be; one of 100 is an order that
    was sent before, as a till sends it that had no answer.

    Args:
        seed: What amounts and names depend on.
        made: When the first is made; each later one a millisecond after it. Default: one noon.
    """

    def __init__(self, seed: int, made: datetime = _BEGIN) -> None:
        self._seed, self._made = seed, made

    def record(self, number: int, made: datetime | None = None) -> Record:
        """The record of a number.

        Args:
            number: From 0.
            made: Default: as the number says.
        """
        first = number - AGAIN_OF if is_again(number) else number
        place = _place(first)
        store, country, currency = STORES[place]
        when = made or self._made + timedelta(milliseconds=first)
        order = {
            "order_id": self.order_id(first),
            "store": store,
            "country": country,
            "currency": currency,
            "amount": self.cents(first) / 100,
            "items": 1 + first % 5,
            "ordered_at": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        value = _BAD[(number // BAD_EVERY) % len(_BAD)](order) if is_bad(number) else _json(order)
        return Record(place % PARTITIONS, store.encode(), value)

    def order_id(self, number: int) -> str:
        """The name of an order."""
        return f"{self._seed}-{number:09}"

    def cents(self, number: int) -> int:
        """The amount of an order, in hundredths."""
        return (number * 7919 + self._seed * 31) % 20_000 + 1

    def good(self, count: int) -> list[int]:
        """The numbers that must be in the table, each once."""
        return [n for n in range(count) if not is_bad(n) and not is_again(n)]

    def bad(self, count: int) -> int:
        """How many records must be in quarantine."""
        return sum(map(is_bad, range(count)))

    def sums(self, count: int) -> Counter[tuple[str, str]]:
        """The checksums that the table must have: see `sums`."""
        return sums(
            (STORES[_place(n)][0], self.order_id(n), self.cents(n)) for n in self.good(count)
        )


def sums(rows: Iterable[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
    """Checksums by key: of each store the rows, the cents, and its orders' names.

    Args:
        rows: Store, name of the order, cents.
    """
    found: Counter[tuple[str, str]] = Counter()
    for store, order, cents in rows:
        found[store, "rows"] += 1
        found[store, "cents"] += cents
        found[store, "orders"] += zlib.crc32(order.encode())
    return found


def is_bad(number: int) -> bool:
    """Whether a record must be refused."""
    return number % BAD_EVERY == BAD_AT


def is_again(number: int) -> bool:
    """Whether a record is an order that was sent before."""
    return number % AGAIN_EVERY == AGAIN_AT


def _place(number: int) -> int:
    return number * 7 % len(STORES)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


_BAD = (
    lambda order: _json(order)[:20],
    lambda order: _json({**order, "amount": "many"}),
    lambda order: _json({**order, "currency": "JPY"}),  # the job's own rule
    lambda order: _json({**order, "items": 0}),  # a check of the table
    lambda order: _json({name: order[name] for name in order if name != "order_id"}),
    lambda order: b"\xff\xfe" + _json(order),
    lambda _: None,
)
