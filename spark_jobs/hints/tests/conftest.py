"""The file that the tests of this job read."""

from pathlib import Path

import pytest


@pytest.fixture
def sample():
    return Path(__file__).parent / "data" / "sample.csv"
