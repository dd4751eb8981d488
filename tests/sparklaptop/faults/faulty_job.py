"""The machine of a job as sparkrail writes it, in a laptop cloud whose Spark is a stand-in."""

import json
import re
import time
from pathlib import Path

import boto3
from botocore.config import Config

from sparkmodel import load_project
from sparkrail.names import Names
from sparkrail.workflow.definition import BatchRun, definition

ROOT = Path(__file__).parents[3]
PROJECT = load_project(ROOT)
DEV = PROJECT.environments["dev"]
NAMES = Names(DEV)
JOB = next(job for job in PROJECT.jobs(DEV) if job.name == "hospital_utilization")
SMALL = " ".join(
    f"--conf spark.{key}"
    for key in (
        "driver.cores=1",
        "driver.memory=1g",
        "executor.cores=1",
        "executor.memory=1g",
        "dynamicAllocation.maxExecutors=1",
    )
)
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{name}.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        for name in ("states", "emr-serverless")
    ],
}
KEYS = {"aws_access_key_id": "laptop", "aws_secret_access_key": "laptop"}
BUSY_SECONDS = 60


def clients(laptop, *, tries=1):
    """Makes clients of a laptop cloud that try so often."""
    endpoint = laptop.status().endpoint

    def make(service):
        config = Config(
            retries={"total_max_attempts": tries, "mode": "standard"},
            s3={"addressing_style": "path"},
        )
        return boto3.client(
            service, endpoint_url=endpoint, region_name=DEV.region, config=config, **KEYS
        )

    return make


class Job:
    """The job and what its machine needs.

    Args:
        laptop: The laptop cloud.
        concurrent: How many runs the application takes at a time.
    """

    def __init__(self, laptop, *, concurrent=4):
        self.client = clients(laptop)
        self.states, self.emr = self.client("stepfunctions"), self.client("emr-serverless")
        self.dynamodb = self.client("dynamodb")
        for name in ("machine", "job"):
            self._role(NAMES.role_arn(JOB.name, name))
        application = self.emr.create_application(
            name="a",
            releaseLabel="emr-7.14.0",
            type="SPARK",
            schedulerConfiguration={"maxConcurrentRuns": concurrent, "queueTimeoutMinutes": 700},
        )
        self.application = application["applicationId"]
        self.ledger, logs = "ledger", "logs-of-runs"
        self._ledger()
        self.client("s3").create_bucket(Bucket=logs)
        self.client("sns").create_topic(Name=NAMES.alarm_topic_arn.rsplit(":", 1)[-1])
        self.client("events").create_event_bus(Name=NAMES.bus)
        key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        self._values = {
            "ApplicationId": self.application,
            "DataKeyArn": key,
            "LedgerName": self.ledger,
            "LogsBucketName": logs,
        }
        self.machine = self._machine(NAMES.machine(JOB.name), self._definition("ok"))

    def _role(self, arn):
        iam, name = self.client("iam"), arn.rsplit("/", 1)[-1]
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(ANYTHING))

    def _ledger(self):
        names = ("pk", "sk", "open", "since")
        self.dynamodb.create_table(
            TableName=self.ledger,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
            KeySchema=_keys("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "open",
                    "KeySchema": _keys("open", "since"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )

    def _definition(self, what):
        run = BatchRun(entry_point=f"s3://x/{what}.py", spark_submit=SMALL, arguments=[])
        written = definition(JOB, run, names=NAMES)
        return re.sub(r"\$\{(\w+)\}", lambda found: self._values[found[1]], written)

    def _machine(self, name, written):
        return self.states.create_state_machine(
            name=name, definition=written, roleArn=NAMES.role_arn(JOB.name, "machine")
        )["stateMachineArn"]

    def alone(self, state):
        """A machine that is one state of the job's machine, with its retries."""
        whole = json.loads(self._definition("ok"))["States"][state]
        cut = {name: value for name, value in whole.items() if name not in ("Next", "Catch")}
        states = {state: {**cut, "End": True}}
        return self._machine(f"only-{state}", json.dumps({"StartAt": state, "States": states}))

    def start(self, key):
        """Start a run by hand; the ARN of its execution."""
        return self.states.start_execution(
            stateMachineArn=self.machine, name=key, input=json.dumps({"key": key})
        )["executionArn"]

    def wait(self, execution, seconds=BUSY_SECONDS):
        """The execution, ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.states.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.1)
        raise AssertionError(f"{execution} did not end in {seconds} s")

    def run(self, key):
        """A run, ended."""
        return self.wait(self.start(key))

    def submit(self, what):
        """Start a job run without its machine; its id."""
        spark = {"entryPoint": f"s3://x/{what}.py", "sparkSubmitParameters": SMALL}
        if what == "write":
            spark["entryPointArguments"] = ["logs-of-runs", "k"]
        return self.emr.start_job_run(
            applicationId=self.application,
            executionRoleArn=NAMES.role_arn(JOB.name, "job"),
            name=f"{JOB.name}/by-hand/1",
            jobDriver={"sparkSubmit": spark},
        )["jobRunId"]

    def state(self, run):
        """State of a job run."""
        found = self.emr.get_job_run(applicationId=self.application, jobRunId=run)
        return found["jobRun"]["state"]

    def runs(self, key=None):
        """The job runs of EMR Serverless, of one run key or all."""
        pages = self.emr.get_paginator("list_job_runs").paginate(applicationId=self.application)
        found = [run for page in pages for run in page["jobRuns"]]
        return [run for run in found if key is None or f"/{key}/" in run["name"]]

    def row(self, key):
        """A run's row of the ledger."""
        wanted = {"pk": {"S": f"job#{JOB.name}"}, "sk": {"S": f"run#{key}"}}
        item = self.dynamodb.get_item(TableName=self.ledger, Key=wanted)["Item"]
        return {name: next(iter(value.values())) for name, value in item.items()}


def _keys(first, second):
    return [
        {"AttributeName": first, "KeyType": "HASH"},
        {"AttributeName": second, "KeyType": "RANGE"},
    ]
