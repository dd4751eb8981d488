"""A laptop cloud that is broken on purpose, with the real machine of a job in it."""

import shlex
import sys

import pytest
from faulty_job import DEV, Job
from laptop_assemblies import STAND_IN

from sparklaptop import Laptop
from sparklaptop.ports import free_port


@pytest.fixture(scope="module")
def laptop(tmp_path_factory, first_port):
    """Its minutes are half a second long, its runs the stand-in."""
    launcher = shlex.join([sys.executable, str(STAND_IN)])
    options = ("--launcher", launcher, "--seconds-per-minute", "0.5", "--grace-seconds", "1")
    made = Laptop(
        tmp_path_factory.mktemp("faulty"),
        account=DEV.account,
        region=DEV.region,
        options=options,
    )
    made.start(port=free_port(first_port))
    yield made
    made.stop()


@pytest.fixture
def faults(laptop):
    """What breaks in it; nothing does after the test."""
    yield laptop.faults()
    laptop.faults().clear()


@pytest.fixture(scope="module")
def job(laptop):
    """A job, deployed with the machine that sparkrail writes for it."""
    return Job(laptop)
