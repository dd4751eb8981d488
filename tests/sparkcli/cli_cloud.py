"""A small project, a cloud for the commands (moto in this process), a laptop that points at it."""

import datetime
import functools
import json
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

import sparklaptop
from sparkcli import app

ACCOUNT, REGION, PREFIX = "123456789012", "eu-west-1", "shop-dev"
PORTS = range(5800, 5860)
CREDENTIALS = {"aws_access_key_id": "laptop", "aws_secret_access_key": "laptop"}
PROJECT = Path(__file__).parent / "project"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@dataclass(frozen=True)
class Deployed:
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ("shop-dev-base",)
    seconds: float = 0.0


@dataclass(frozen=True)
class Status:
    port: int
    endpoint: str
    pid: int = 4242
    account: str = ACCOUNT
    region: str = REGION
    started_at: datetime.datetime = datetime.datetime(2026, 11, 21, 6, 30, tzinfo=datetime.UTC)
    rss_mib: int = 123
    runs: int = 0
    survives_restart: bool = True


class FakeLaptop:
    """Stands where sparklaptop.Laptop stands; its cloud is the moto server of these tests."""

    endpoint = ""
    up = True
    deployments: list[Path] = []  # noqa: RUF012
    deployed = Deployed()

    def __init__(self, state, *, account, region):
        self.state = state

    def status(self):
        return self._status() if FakeLaptop.up else None

    def start(self, *, port=None):
        FakeLaptop.up = True
        return self._status()

    def stop(self):
        was_up, FakeLaptop.up = FakeLaptop.up, False
        return was_up

    def forget(self):
        FakeLaptop.up = False
        return True

    def deploy(self, assembly, on_progress):
        FakeLaptop.deployments.append(assembly)
        return FakeLaptop.deployed

    def _status(self):
        return Status(int(self.endpoint.rsplit(":", 1)[1]), self.endpoint)


@pytest.fixture(scope="session")
def models():
    """Reads AWS's descriptions of its services once; each session would read them for itself."""
    import botocore.session

    loader = botocore.session.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", lambda _path=None: loader)
        yield


@pytest.fixture(scope="session")
def endpoint(models):
    import requests

    port = _free_port()
    # moto's Step Functions calls the other services at this port.
    os.environ["MOTO_PORT"] = str(port)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    settings = {"stepfunctions": {"execute_state_machine": True}}
    requests.post(f"{endpoint}/moto-api/config", json=settings, timeout=10).raise_for_status()
    yield endpoint
    server.stop()
    del os.environ["MOTO_PORT"]


def _free_port():
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError(f"no free port in {PORTS}")


@pytest.fixture(scope="session")
def client(endpoint):
    @functools.cache
    def make(service):
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **CREDENTIALS)

    return make


TEMPLATES = {
    "base": {
        "Resources": {
            "Ledger": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "TableName": f"{PREFIX}-ledger",
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [
                        {"AttributeName": "pk", "AttributeType": "S"},
                        {"AttributeName": "sk", "AttributeType": "S"},
                    ],
                    "KeySchema": [
                        {"AttributeName": "pk", "KeyType": "HASH"},
                        {"AttributeName": "sk", "KeyType": "RANGE"},
                    ],
                },
            }
        },
        "Outputs": {"LedgerName": {"Value": f"{PREFIX}-ledger"}},
    },
    "lake": {
        "Resources": {
            name: {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": f"{PREFIX}-{name}".lower()},
            }
            for name in ("Raw", "Lake", "Logs")
        },
        "Outputs": {
            f"{name}BucketName": {"Value": f"{PREFIX}-{name}".lower()}
            for name in ("Raw", "Lake", "Logs")
        },
    },
}


@pytest.fixture
def cloud(endpoint, client, monkeypatch):
    """A fresh cloud with the base and lake stacks of the small project."""
    import requests

    requests.post(f"{endpoint}/moto-api/reset", timeout=10).raise_for_status()
    for name, template in TEMPLATES.items():
        client("cloudformation").create_stack(
            StackName=f"{PREFIX}-{name}", TemplateBody=json.dumps(template)
        )
    FakeLaptop.endpoint, FakeLaptop.up = endpoint, True
    FakeLaptop.deployments, FakeLaptop.deployed = [], Deployed()
    monkeypatch.setattr(sparklaptop, "Laptop", FakeLaptop, raising=False)
    return client


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the small project, which every command finds."""
    root = tmp_path / "shop"
    shutil.copytree(PROJECT, root)
    monkeypatch.setenv("SPARKRAIL_PROJECT", str(root))
    monkeypatch.chdir(tmp_path)
    return root


@pytest.fixture
def sparkrail(project, capsys, monkeypatch):
    """Call the command line in this process."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["sparkrail", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def ledger_row(cloud):
    """Put a row into the ledger."""

    def put(key, *, job="sales", state="SUCCEEDED", generation=1, report=None, **more):
        row = {
            "pk": f"job#{job}",
            "sk": f"run#{key}",
            "job": job,
            "key": key,
            "state": state,
            "execution": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{PREFIX}-{job}:{key}",
            "application": "00f1",
            "since": "2026-11-21T06:30:00.000Z",
            **more,
        }
        item = {name: {"S": value} for name, value in row.items()}
        item |= {"generation": {"N": str(generation)}, "attempts": {"N": "1"}}
        if report is not None:
            item["report"] = {"S": json.dumps(report)}
        cloud("dynamodb").put_item(TableName=f"{PREFIX}-ledger", Item=item)
        return row

    return put


@pytest.fixture
def machine(cloud):
    """Make the state machine of the job `sales`."""

    def make(**states):
        return cloud("stepfunctions").create_state_machine(
            name=f"{PREFIX}-sales",
            definition=json.dumps({"StartAt": next(iter(states)), "States": states}),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-sales-machine",
        )["stateMachineArn"]

    return make


def recording(state, *, report=None, **attributes):
    """A task that puts the ledger row of the execution's key, as a job's machine would."""
    item = {
        "pk": {"S": "job#sales"},
        "sk": {"S.$": "States.Format('run#{}', $.key)"},
        "job": {"S": "sales"},
        "key": {"S.$": "$.key"},
        "state": {"S": state},
        "generation": {"N.$": "States.Format('{}', $.generation)"},
        "attempts": {"N": "1"},
        "execution": {"S.$": "$$.Execution.Id"},
        "application": {"S": "00f1"},
        "since": {"S": "2026-11-21T06:30:00.000Z"},
        **{name: {"S": value} for name, value in attributes.items()},
    }
    if report is not None:
        item["report"] = {"S": json.dumps(report)}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": f"{PREFIX}-ledger", "Item": item},
        "ResultPath": "$.last",
    }


def add_job(project, name, *, reads, trigger=None, interval=None):
    """Add a job that reads a table and writes `shop.<name>`."""
    folder = project / "spark_jobs" / name
    shutil.copytree(project / "spark_jobs/sales", folder)
    lines = ['team = "shop"', *([f"trigger = {trigger}"] if trigger else [])]
    lines += [f"interval = {interval}"] if interval else []
    lines += ["[inputs]", f'given = {{ table = "{reads}" }}']
    lines += ["[outputs]", f'made = {{ table = "shop.{name}" }}', "[spark]", 'size = "xsmall"']
    (folder / "job.toml").write_text("\n".join([*lines, "max_executors = 2", ""]))
    contract = project / "tables/shop/daily.toml"
    (project / f"tables/shop/{name}.toml").write_text(contract.read_text())


REPORT = {
    "format": 1,
    "job": "sales",
    "state": "SUCCEEDED",
    "rows": {"read": 1010, "used": 1000, "excluded": 4, "quarantined": 6, "written": 30},
    "inputs": {"tills": {"location": "s3://shop-dev-raw/tills/", "files": 1}},
    "outputs": {"daily": {"table": "lake.shop_dev_shop.daily", "rows": 30, "snapshot_id": "7"}},
    "suspicious": [
        {
            "output": "daily",
            "check": "amount <= 1",
            "count": 2,
            "rows": 30,
            "sample": [{"day": "2026-11-21"}],
            "found": "",
        }
    ],
    "seconds": {"session": 1.5, "read": 2.0, "write": 3.0},
    "error": None,
}
