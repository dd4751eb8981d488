"""Orders for the tests of this job."""

import pytest


@pytest.fixture
def order():
    """Make one: `order(7, minute=3)`."""

    def make(number, *, minute=0, country="DE", amount=10.5):
        currency = {"CH": "CHF", "DE": "EUR", "US": "USD"}[country]
        return {
            "order_id": f"o{number}",
            "store": f"{country}-1",
            "country": country,
            "currency": currency,
            "amount": amount,
            "items": 1,
            "ordered_at": f"2026-11-21T12:{minute:02}:30.000Z",
        }

    return make
