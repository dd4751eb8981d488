"""Examples in the constructs' docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import sparkrail

MODULES = [
    module.name
    for module in pkgutil.walk_packages(sparkrail.__path__, "sparkrail.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
