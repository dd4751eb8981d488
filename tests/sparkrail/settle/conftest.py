"""Machines of files in a laptop cloud, each with the role that is deployed with it."""

import hashlib
import json
import uuid

import pytest
from machine_cloud import LEDGER, LOGS, machine_cloud, without_waits
from pipelines import MAIN, environment

import sparkrail  # noqa: F401  (chooses Node.js before aws_cdk starts it)
from sparkmodel import Job
from sparkrail.arrivals.definition import definition
from sparkrail.identity.arrivals_role import arrivals_statements
from sparkrail.names import Names
from sparkrail.platform import Buckets, Keys, Platform

KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    folder = tmp_path_factory.mktemp("settle")
    with machine_cloud(folder, environment(), first_port=6110) as made:
        yield made


@pytest.fixture
def arrivals(cloud, tmp_path):
    """Makes the machine of a new job's files: arrivals(name)."""
    return lambda name: Arrivals(cloud, tmp_path, name)


class Arrivals:
    def __init__(self, cloud, folder, name):
        self.cloud, self.name, self.partition = cloud, name, f"files#{name}"
        (folder / name).mkdir()
        (folder / name / "main.py").write_text(MAIN, encoding="utf-8")
        self.job = Job.model_validate(
            {
                "folder": folder / name,
                "team": "sales",
                "inputs": {"drop": {"path": "raw/drop/"}},
                "outputs": {"rows": {"table": "shop.rows"}},
                "trigger": {"files": "drop", "settle_minutes": 1},
            }
        )
        names = Names(environment())
        platform = Platform(
            environment=environment(),
            tables={},
            keys=Keys(data=KEY, logs=KEY, messages=KEY),
            buckets=Buckets(raw="raw", lake="lake", checkpoints="checkpoints", logs=LOGS),
            ledger=LEDGER,
        )
        statements = arrivals_statements(self.job, platform)
        self._role = cloud.role(names.role(name, "files"), statements)
        self.good = without_waits(definition(self.job, names=names))
        ends = {"StartAt": "Ran", "States": {"Ran": {"Type": "Succeed"}}}
        self.runs = cloud.machine(names.machine(name), ends, self._role)
        self.machine = self.deploy(self.good)

    def deploy(self, definition):
        return self.cloud.machine(f"acme-dev-{self.name}-files", definition, self._role)

    def send(self, key, version=1, *, size=10):
        """Deliver the event of an object; S3's sequencers rise with each version of a key."""
        stored = {
            "key": key,
            "size": size,
            "etag": f"etag-{version}",
            "sequencer": f"0062E99A88DC40{version:04X}",
        }
        detail = {"bucket": {"name": "raw"}, "object": stored}
        event = {"id": str(uuid.uuid4()), "detail-type": "Object Created", "detail": detail}
        return self.cloud.start(self.machine, event)

    def noted(self, keys):
        """Write objects down as if their events had been counted long ago."""
        for key in keys:
            row = {
                "uri": f"s3://raw/{key}",
                "etag": "e",
                "sequencer": "00",
                "at": "2026-01-01T00:00:00.000Z",
            }
            item = {name: {"S": value} for name, value in row.items()}
            self._put(f"new#{hashlib.sha256(key.encode()).hexdigest()}", size={"N": "1"}, **item)

    def put_watch(self, **texts):
        self._put("watch", **{name: {"S": value} for name, value in texts.items()})

    def _put(self, sort_key, **item):
        self.cloud.put({"pk": {"S": self.partition}, "sk": {"S": sort_key}, **item})

    def watch(self):
        return self.cloud.rows(self.partition).get("watch", {})

    def settled(self, seconds=60):
        """Wait until nothing is under way any more; nobody may be left on watch."""

        def ask():
            running = self.cloud.executions(self.machine, "RUNNING")
            return not running and "execution" not in self.watch()

        self.cloud.until(ask, seconds)

    def dead(self):
        """Wait until who watches has died; its ARN."""

        def ask():
            holder = self.watch().get("execution")
            return holder if holder and self.cloud.status(holder)["status"] == "FAILED" else None

        return self.cloud.until(ask)

    def restart(self):
        """Start the machine again as the keeper does, with what the row of the watch says."""
        row = self.watch()
        assert (row["open"], row["machine"]) == ("1", self.machine)
        return self.cloud.start(row["machine"], json.loads(row["input"]))

    def started(self):
        """Inputs of the job's runs, by key."""
        inputs = [
            json.loads(self.cloud.status(each["executionArn"])["input"])
            for each in self.cloud.executions(self.runs)
        ]
        assert len({each["key"] for each in inputs}) == len(inputs)
        return dict(sorted((each["key"], each) for each in inputs))

    def batches(self):
        """Objects of each batch whose run was started, by key."""
        return {
            key: self.listed(run["overrides"]["batches"]["drop"])
            for key, run in self.started().items()
        }

    def pages(self, key):
        answer = self.cloud.s3.list_objects_v2(Bucket=LOGS, Prefix=f"batches/{self.name}/{key}/")
        return [each["Key"] for each in answer.get("Contents", [])]

    def listed(self, folder):
        bucket, _, prefix = folder.removeprefix("s3://").partition("/")
        key = prefix.rstrip("/").rsplit("/", 1)[-1]
        assert (bucket, prefix) == (LOGS, f"batches/{self.name}/{key}/")
        bodies = [
            self.cloud.s3.get_object(Bucket=LOGS, Key=page)["Body"].read()
            for page in self.pages(key)
        ]
        return [each for body in bodies for each in json.loads(body)["objects"]]
