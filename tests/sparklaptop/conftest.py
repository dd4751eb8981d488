"""A laptop cloud whose runs are a stand-in for spark-submit, and clients of it."""

import functools
import shlex
import sys

import boto3
import pytest
from botocore.config import Config
from laptop_assemblies import ACCOUNT, REGION, STAND_IN, write
from laptop_clock import Driven
from laptop_roles import may_everything

from sparklaptop import Laptop
from sparklaptop.ports import free_port


@pytest.fixture(scope="session")
def first_port():
    """Tests of this folder use ports from 5700 on."""
    return 5700


@pytest.fixture(scope="module")
def laptop(tmp_path_factory, first_port):
    """A laptop cloud that is up, its minutes a second long, its runs the stand-in.

    Its roles `job` and `machine` may do everything.
    """
    launcher = shlex.join([sys.executable, str(STAND_IN)])
    options = ("--launcher", launcher, "--seconds-per-minute", "0.2", "--grace-seconds", "1")
    made = Laptop(
        tmp_path_factory.mktemp("laptop"), account=ACCOUNT, region=REGION, options=options
    )
    may_everything(made.start(port=free_port(first_port)).endpoint, "job", "machine")
    yield made
    made.stop()


def _client_of(laptop, service):
    return boto3.client(
        service,
        endpoint_url=laptop.status().endpoint,
        region_name=REGION,
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


@pytest.fixture(scope="session")
def client_of():
    """Makes boto3 clients of any laptop cloud: client_of(laptop, "s3")."""
    return _client_of


@pytest.fixture(scope="module")
def client(laptop):
    """Makes boto3 clients of the laptop cloud."""
    return functools.partial(_client_of, laptop)


@pytest.fixture
def deploy(laptop, tmp_path):
    """Deploys stacks: deploy({name: template}, assets=..., needs=...)."""
    count = iter(range(100))

    def do(stacks, **more):
        folder = write(tmp_path / f"cdk.out.{next(count)}", stacks, **more)
        return laptop.deploy(folder, lambda _text: None)

    return do


@pytest.fixture(scope="module")
def driven(laptop, client):
    """The same laptop cloud, its clock driven, with a role that may call everything."""
    return Driven(laptop, client)
