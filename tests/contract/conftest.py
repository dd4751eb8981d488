"""The cloud that the contract is checked against: a laptop cloud, or an account of AWS by flag.

    pytest tests/contract                                                     the laptop cloud
    pytest tests/contract --aws-account 123456789012 --aws-region eu-west-1 --aws-role ARN

On AWS the tests make their own resources, `sparkrail-contract-<random>`, and remove them. The role
must exist: EMR Serverless, Step Functions and Scheduler must be able to assume it; it needs no
permission. Nothing is left running; the application that is made is never started for long.
"""

import json
import shlex
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from contract_shapes import Watched

from sparklaptop import Laptop
from sparklaptop.ports import free_port

STAND_IN = Path(__file__).parents[1] / "sparklaptop" / "stand_in.py"
ACCOUNT, REGION = "111122223333", "eu-west-1"
ANYBODY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{name}.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        for name in ("emr-serverless", "scheduler", "states")
    ],
}


def pytest_addoption(parser):
    group = parser.getgroup("contract")
    group.addoption("--aws-account", help="check this account of AWS instead of the laptop cloud")
    group.addoption("--aws-region", help="its Region")
    group.addoption("--aws-role", help="ARN of the role that runs, machines and schedules take")


@dataclass
class Cloud:
    """Where the contract is checked.

    Args:
        endpoint: Of the laptop cloud; None for AWS.
        region: Its Region.
        account: Its account.
        role: What runs, machines and schedules take.
        seconds: Patience with what takes time.
        problems: How answers differed from the model.
    """

    endpoint: str | None
    region: str
    account: str
    role: str
    seconds: float
    problems: list[str]

    def client(self, service):
        keys = {"aws_access_key_id": "laptop", "aws_secret_access_key": "laptop"}
        made = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            # The service shall refuse what is wrong, not the client.
            config=Config(parameter_validation=False, retries={"mode": "standard"}),
            **(keys if self.endpoint else {}),
        )
        return Watched(made, self.problems)

    def name(self):
        return f"sparkrail-contract-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def whole_cloud(request, tmp_path_factory):
    account = request.config.getoption("--aws-account", default=None)
    if account:
        yield _aws(request.config, account)
        return
    launcher = shlex.join([sys.executable, str(STAND_IN)])
    options = ("--launcher", launcher, "--seconds-per-minute", "0.2", "--grace-seconds", "1")
    laptop = Laptop(
        tmp_path_factory.mktemp("contract"), account=ACCOUNT, region=REGION, options=options
    )
    laptop.start(port=free_port(5760))
    cloud = Cloud(laptop.status().endpoint, REGION, ACCOUNT, "", 20, [])
    iam = boto3.client(
        "iam",
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
    )
    made = iam.create_role(RoleName="contract", AssumeRolePolicyDocument=json.dumps(ANYBODY))
    cloud.role = made["Role"]["Arn"]
    yield cloud
    laptop.stop()


def _aws(config, account):
    region, role = config.getoption("--aws-region"), config.getoption("--aws-role")
    if not region or not role:
        raise pytest.UsageError("--aws-account needs --aws-region and --aws-role")
    found = boto3.client("sts", region_name=region).get_caller_identity()["Account"]
    if found != account:
        raise pytest.UsageError(f"these credentials are of account {found}, not {account}")
    return Cloud(None, region, account, role, 900, [])


@pytest.fixture
def cloud(whole_cloud):
    """The cloud; whatever it answers in the test must be what the model promises."""
    whole_cloud.problems.clear()
    yield whole_cloud
    assert whole_cloud.problems == []
