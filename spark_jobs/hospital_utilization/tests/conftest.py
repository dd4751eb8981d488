"""The files that the tests of this job read."""

import os
from pathlib import Path

import pytest

REAL_FILE = "data/hhs-hospital-capacity/state_timeseries_2022-02.csv"
CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def sample():
    return Path(__file__).parent / "data" / "sample.csv"


@pytest.fixture
def real_file():
    named = os.environ.get("SPARKRAIL_HHS_FILE")
    path = Path(named) if named else CHECKOUT.parent / "shared" / REAL_FILE
    if not path.is_file():
        pytest.skip("the real export is not here; name it in SPARKRAIL_HHS_FILE")
    return path
