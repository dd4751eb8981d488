"""A laptop cloud on which the machines of the control loop run with a stand-in for Spark."""

import shlex
import sys

import boto3
import pytest
from botocore.config import Config
from loop_cloud import ACCOUNT, DRIVER, REGION, Loop

from sparklaptop import Laptop
from sparklaptop.ports import free_port


@pytest.fixture(scope="session")
def loop_laptop(tmp_path_factory):
    launcher = shlex.join([sys.executable, "-S", "-E", str(DRIVER)])
    options = ("--launcher", launcher, "--seconds-per-minute", "5", "--grace-seconds", "1")
    made = Laptop(tmp_path_factory.mktemp("loop"), account=ACCOUNT, region=REGION, options=options)
    made.start(port=free_port(5900))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def loop_client(loop_laptop):
    endpoint, made = loop_laptop.status().endpoint, {}

    def make(service):
        if service not in made:
            made[service] = boto3.client(
                service,
                endpoint_url=endpoint,
                region_name=REGION,
                aws_access_key_id="laptop",
                aws_secret_access_key="laptop",
                config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
            )
        return made[service]

    return make


@pytest.fixture(scope="session")
def loop_world(loop_client):
    return Loop(loop_client)


@pytest.fixture
def loop(loop_world, tmp_path):
    """An empty ledger, and no machine but the keeper."""
    return loop_world.fresh(tmp_path)
