"""Orders as tills send them, for the tests of this job."""

import itertools
import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOPIC = Path(__file__).parents[3] / "topics/sales.py"


@pytest.fixture
def orders():
    """Make some: `orders(5)`, a millisecond apart, from noon on."""
    records = runpy.run_path(str(TOPIC))["records"]

    def make(count, seed=1):
        return list(itertools.islice(records(seed, NOON), count))

    return make
