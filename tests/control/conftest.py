"""Laptop clouds with whole platforms, for tests of the control loop."""

import pytest
from control_loop import Loop


@pytest.fixture(scope="module")
def make_loop(tmp_path_factory):
    """Makes platforms that are up; their laptop clouds end with the module."""
    made = []

    def make(jobs, *, port, **more):
        loop = Loop(tmp_path_factory.mktemp("loop"), jobs, port=port, **more)
        made.append(loop)
        return loop.up()

    yield make
    for loop in made:
        loop.laptop.stop()
