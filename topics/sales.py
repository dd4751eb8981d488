"""Orders such as tills send them: three countries, each with its currency, its stores, its prices.

`sparkrail produce sales` sends them; the tests of the jobs read them. The same seed gives the same
orders, apart from the moments at which they are made.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

PLACES = {"CH": ("CHF", 3, 42.0), "DE": ("EUR", 5, 30.0), "US": ("USD", 8, 35.0)}
REFUNDS = 0.01  # this share of the orders gives money back
KEY = "store"
"""The field whose value is the record's key."""


def records(seed: int, now: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Orders without end.

    Args:
        seed: What they are drawn from.
        now: When the first one is made; each later one a millisecond after it. Default: each is
            made when it is asked for.
    """
    draw = random.Random(seed)
    countries, shares = list(PLACES), [stores for _, stores, _ in PLACES.values()]
    number = 0
    while True:
        number += 1
        country = draw.choices(countries, shares)[0]
        currency, stores, price = PLACES[country]
        items = 1 + int(draw.expovariate(0.7))
        amount = round(items * price * draw.uniform(0.2, 1.8), 2)
        made = now + timedelta(milliseconds=number) if now else datetime.now(UTC)
        yield {
            "order_id": f"{draw.getrandbits(64):016x}",
            "store": f"{country.lower()}-{draw.randint(1, stores):02}",
            "country": country,
            "currency": currency,
            "amount": -amount if draw.random() < REFUNDS else amount,
            "items": items,
            "ordered_at": made.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
