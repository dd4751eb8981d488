"""A laptop cloud on which reconcilers run with a stand-in for Spark."""

import shlex
import sys

import boto3
import pytest
from botocore.config import Config
from stream_cloud import ACCOUNT, DRIVER, REGION, Stream

from sparklaptop import Laptop
from sparklaptop.ports import free_port


@pytest.fixture(scope="session")
def stream_client(tmp_path_factory):
    launcher = shlex.join([sys.executable, "-S", "-E", str(DRIVER)])
    options = ("--launcher", launcher, "--seconds-per-minute", "5", "--grace-seconds", "1")
    folder = tmp_path_factory.mktemp("streams")
    laptop = Laptop(folder, account=ACCOUNT, region=REGION, options=options)
    laptop.start(port=free_port(6300))
    endpoint, made = laptop.status().endpoint, {}

    def make(service):
        if service not in made:
            made[service] = boto3.client(
                service,
                endpoint_url=endpoint,
                region_name=REGION,
                aws_access_key_id="laptop",
                aws_secret_access_key="laptop",
                config=Config(
                    retries={"total_max_attempts": 1},
                    s3={"addressing_style": "path"},
                    max_pool_connections=16,
                ),
            )
        return made[service]

    yield make
    laptop.stop()


@pytest.fixture(scope="session")
def stream_world(stream_client):
    return Stream(stream_client)


@pytest.fixture
def make_stream(stream_world, tmp_path):
    """Makes an empty ledger and an application; the reconciler is not deployed yet."""
    made = []

    def make(**kafka):
        made.append(stream_world.fresh(tmp_path, **kafka))
        return stream_world

    yield make
    if made:
        stream_world.end()


@pytest.fixture
def stream(make_stream):
    """A stream of which version aaaaaaaa is deployed."""
    return make_stream().deploy()
