"""The package is light, its examples are true, and it knows nothing of AWS's tools."""

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import sparkmodel

MODULES = [
    each.name for each in pkgutil.iter_modules(sparkmodel.__path__, "sparkmodel.") if not each.ispkg
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_docstrings_are_true(module):
    result = doctest.testmod(importlib.import_module(module))

    assert result.failed == 0


def test_there_are_examples():
    modules = map(importlib.import_module, MODULES)

    assert sum(doctest.testmod(each).attempted for each in modules) > 10


def test_it_loads_nothing_heavy():
    code = "import sys, sparkmodel; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    heavy = {
        "aws_cdk",
        "boto3",
        "botocore",
        "constructs",
        "jsii",
        "moto",
        "pyspark",
        "rich",
        "typer",
    }
    assert loaded & heavy == set()
