"""A small platform, synthesized and deployed to a laptop cloud with a quick driver."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import boto3
from botocore.config import Config

from sparklaptop import Laptop, control
from sparklaptop.ports import free_port

ROOT = Path(__file__).parents[2]
STAND_IN = (sys.executable, "-S", "-E", str(Path(__file__).parent / "stand_in_driver.py"))
ACCOUNT, REGION, PREFIX = "111122223333", "eu-west-1", "loop-dev"
RUN_STATES = ("SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING")

CONFIG = f"""
format = 1
project = "loop"
account = "{ACCOUNT}"
region = "{REGION}"
maintenance = "off"
[teams.shop]
max_vcpu = 400
concurrent_runs = %s
[quotas]
vcpu = 4000
"""
JOB = """
format = 1
team = "shop"
interval = { every = "day" }
%s
[outputs]
rows = { table = "shop.%s" }
[parameters]
seconds = { type = "double", default = %s }
"""
CONTRACT = """
format = 1
write = "append"
[columns]
value = { type = "string" }
"""


def write_project(root, jobs, concurrent_runs=8):
    """A project of jobs {name: (lines of job.toml, seconds that a run lasts)}."""
    (root / "config").mkdir(parents=True)
    (root / "config" / "dev.toml").write_text(CONFIG % concurrent_runs)
    (root / "tables" / "shop").mkdir(parents=True)
    for name, (lines, seconds) in jobs.items():
        folder = root / "spark_jobs" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder / "main.py").write_text("import sparkjob\n\n\ndef main(run):\n    pass\n")
        (folder / "job.toml").write_text(JOB % (lines, name, seconds))
        (root / "tables" / "shop" / f"{name}.toml").write_text(CONTRACT)
    shutil.copytree(ROOT / "stacks", root / "stacks")
    for shared in ("app.py", "cdk.json"):
        shutil.copy(ROOT / shared, root / shared)


def synthesize(root):
    """Write the cloud assembly of a project."""
    out = root / "cdk.out"
    subprocess.run(
        [sys.executable, "app.py"], cwd=root, env={**os.environ, "CDK_OUTDIR": str(out)}, check=True
    )
    return out


class Loop:
    """A deployed platform and what can be asked of it.

    Args:
        folder: Of the project and the laptop cloud.
        jobs: As `write_project` takes them.
        port: The first port to look at.
        seconds_per_minute: Length of a minute of the laptop's timers, in seconds.
        launcher: What is called in place of spark-submit. Default: the stand-in for it.
        concurrent_runs: How many the application runs at a time.
    """

    def __init__(
        self,
        folder,
        jobs,
        *,
        port,
        seconds_per_minute=1.0,
        launcher=STAND_IN,
        concurrent_runs=8,
    ):
        self.root = folder / "project"
        self.jobs = tuple(jobs)
        write_project(self.root, jobs, concurrent_runs)
        options = (
            "--launcher",
            shlex.join(launcher),
            "--seconds-per-minute",
            str(seconds_per_minute),
        )
        self.laptop = Laptop(
            self.root / ".sparkrail" / "laptop" / "dev",
            account=ACCOUNT,
            region=REGION,
            options=options,
        )
        self._port = free_port(port)
        self._clients = {}

    def up(self):
        """Start and deploy."""
        self.laptop.start(port=self._port)
        self.deployment = self.laptop.deploy(synthesize(self.root), lambda _text: None)
        return self

    def client(self, service):
        """The boto3 client of the person at the keyboard."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=f"http://127.0.0.1:{self._port}",
                region_name=REGION,
                aws_access_key_id="laptop",
                aws_secret_access_key="laptop",
                config=Config(s3={"addressing_style": "path"}, max_pool_connections=16),
            )
        return self._clients[service]

    @cached_property
    def states(self):
        return self.client("stepfunctions")

    @cached_property
    def dynamodb(self):
        return self.client("dynamodb")

    @cached_property
    def outputs(self):
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        return {
            output["OutputKey"]: output["OutputValue"]
            for stack in stacks
            for output in stack.get("Outputs", [])
        }

    def machine(self, name):
        return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-{name}"

    def start(self, job, given, *, name=None):
        """Start a job's machine; the execution's ARN."""
        named = {"name": name} if name else {}
        return self.states.start_execution(
            stateMachineArn=self.machine(job), input=json.dumps(given), **named
        )["executionArn"]

    def wait(self, execution, seconds=60):
        """Wait for the end of an execution; its description."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.states.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.05)
        raise AssertionError(f"{execution} did not end")

    def run(self, job, given):
        return self.wait(self.start(job, given))

    def rows(self, partition):
        """Items of the ledger with a partition key."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.outputs["LedgerName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
        )
        return [
            {name: next(iter(value.values())) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]

    def runs(self, job):
        """Rows of a job's runs, by run key."""
        return {
            row["sk"].removeprefix("run#"): row
            for row in self.rows(f"job#{job}")
            if row["sk"].startswith("run#")
        }

    def state(self, job, run_key):
        """The state of one run; None if there is no such run."""
        item = self.dynamodb.get_item(
            TableName=self.outputs["LedgerName"],
            Key={"pk": {"S": f"job#{job}"}, "sk": {"S": f"run#{run_key}"}},
            ConsistentRead=True,
        ).get("Item")
        return item and item["state"]["S"]

    def all_runs(self, states=()):
        """What EMR Serverless knows of all runs."""
        emr = self.client("emr-serverless")
        found = []
        for application in emr.list_applications()["applications"]:
            pages = emr.get_paginator("list_job_runs").paginate(
                applicationId=application["id"], **({"states": list(states)} if states else {})
            )
            found += [run for page in pages for run in page["jobRuns"]]
        return found

    def job_runs(self, job):
        """What EMR Serverless knows of a job's runs."""
        return [run for run in self.all_runs() if run["name"].startswith(f"{job}/")]

    def live(self):
        """Job runs that are not over."""
        return self.all_runs(RUN_STATES)

    def table(self, table):
        """The rows of a table, as the driver wrote them."""
        s3, bucket = self.client("s3"), self.outputs["LakeBucketName"]
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=f"warehouse/shop/{table}/"
        )
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [
            row
            for key in keys
            for row in json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        ]

    def set_clock(self, moment):
        """Move the clock of the scheduler."""
        control.post(
            f"http://127.0.0.1:{self._port}",
            "/_sparkrail/clock",
            {"now": moment.isoformat()},
            timeout_seconds=10,
        )

    def skip_to(self, moment):
        """Let time pass; the keeper's sweeps, of which a day has 288, are left out but for one."""
        scheduler, tick = self.client("scheduler"), f"{PREFIX}-keeper"
        group = f"{tick}.ticks"
        found = scheduler.get_schedule(GroupName=group, Name=tick)
        told = ("ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target")
        same = {"GroupName": group, "Name": tick, **{name: found[name] for name in told}}
        scheduler.update_schedule(**same, State="DISABLED")
        self.set_clock(moment - timedelta(minutes=5))
        scheduler.update_schedule(**same, State="ENABLED")
        self.set_clock(moment)

    def begin(self, *words):
        """Start a command against this platform."""
        return subprocess.Popen(
            [Path(sys.executable).with_name("sparkrail"), *words, "--json"],
            env={**os.environ, "SPARKRAIL_PROJECT": str(self.root)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *words, code=0):
        """Run a command to its end; what it printed."""
        process = self.begin(*words)
        out, told = process.communicate(timeout=240)
        assert process.returncode == code, out + told
        return json.loads(out)

    def until(self, holds, seconds=60, *, every=0.1):
        """Wait until a condition holds, asked after so many seconds; what it answered."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := holds():
                return found
            time.sleep(every)
        raise AssertionError(f"not within {seconds} s")

    def quiet(self, seconds=60):
        """Wait until nothing runs any more."""

        def idle():
            machines = self.states.list_state_machines()["stateMachines"]
            running = [
                execution
                for machine in machines
                for execution in self.states.list_executions(
                    stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
                )["executions"]
            ]
            return not running and not self.live()

        self.until(idle, seconds)


def key(year, month, day, hour=0, minute=0):
    """A run key."""
    return f"{datetime(year, month, day, hour, minute, tzinfo=UTC):%Y%m%dT%H%M%SZ}"
