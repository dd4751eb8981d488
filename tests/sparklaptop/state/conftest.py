"""Laptop clouds that are killed; each has a folder and a port of its own."""

import shlex
import sys

import pytest
from killing import ACCOUNT, REGION, Cloud
from laptop_assemblies import STAND_IN

from sparklaptop import Laptop
from sparklaptop.ports import free_port


@pytest.fixture(scope="session")
def first_port():
    """Tests of this folder use ports from 5920 on."""
    return 5920


@pytest.fixture(scope="session")
def make(tmp_path_factory, first_port):
    """Makes laptop clouds; whatever is up at the end is stopped."""
    made = []

    def do(*, account=ACCOUNT, region=REGION):
        launcher = shlex.join([sys.executable, str(STAND_IN)])
        options = ("--launcher", launcher, "--grace-seconds", "1")
        laptop = Laptop(
            tmp_path_factory.mktemp("state"), account=account, region=region, options=options
        )
        made.append(Cloud(laptop, free_port(first_port)))
        return made[-1]

    yield do
    for one in made:
        one.laptop.stop()


@pytest.fixture(scope="session")
def assembly(tmp_path_factory):
    """What is deployed to the cloud of all these tests."""
    return tmp_path_factory.mktemp("assembly")


@pytest.fixture(scope="session")
def cloud(make, assembly):
    """A laptop cloud that is up and holds one of each thing; every test may kill it."""
    made = make()
    made.start()
    made.deploy(assembly)
    return made
