"""What the tests of this folder share."""

import itertools

import pytest

from sparkcli.producing.messages import Form

COLUMNS = {"id": "string", "page": "string", "seconds": "int", "seen_at": "timestamp"}


@pytest.fixture
def form():
    return Form(COLUMNS, ("id", "page"), "id", "page")


@pytest.fixture
def good():
    """Good records without end."""
    return (
        {"id": f"r{n}", "page": f"p{n % 3}", "seconds": n, "seen_at": "2026-11-21T12:00:00.000Z"}
        for n in itertools.count()
    )
