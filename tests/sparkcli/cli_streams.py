"""A stream in the small project, and what the ledger, the driver and the brokers say of it."""

import json

import pytest
from cli_cloud import ACCOUNT, PREFIX, REGION

TOPIC = """\
owner = "shop"
partitions = 2
[columns]
click_id = { type = "string", required = true }
page     = { type = "string", required = true }
seconds  = { type = "int" }
seen_at  = { type = "timestamp", required = true }
"""
TABLE = """\
description = "Clicks"
write       = "append"
[columns]
click_id = { type = "string", required = true }
page     = { type = "string", required = true }
seconds  = { type = "int" }
seen_at  = { type = "timestamp", required = true }
"""
JOB = """\
description = "Clicks into a table"
team        = "shop"
kind        = "streaming"
[inputs]
clicks = { topic = "clicks" }
[outputs]
clicks = { table = "shop.clicks" }
[spark]
size          = "xsmall"
max_executors = 2
"""
NETWORK = """
[network]
mode = "own"
cidr = "10.0.0.0/16"
availability_zones = ["eu-west-1a", "eu-west-1b"]

[kafka]
mode    = "serverless"
streams = "wait"
"""


@pytest.fixture
def clicks(project):
    """The small project with a topic, a stream that reads it, and brokers."""
    config = project / "config/dev.toml"
    config.write_text(config.read_text() + NETWORK)
    for path, text in {
        "topics/clicks.toml": TOPIC,
        "tables/shop/clicks.toml": TABLE,
        "spark_jobs/clicks/job.toml": JOB,
        "spark_jobs/clicks/main.py": '"""Clicks."""\n',
        "spark_jobs/clicks/__init__.py": "",
    }.items():
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text)
    return project


@pytest.fixture
def reconciler(cloud):
    """The stream's machine, which does nothing; what woke it can be asked."""
    states = cloud("stepfunctions")
    definition = {
        "Comment": "Keeps clicks as desired: #0badcafe#",
        "StartAt": "Done",
        "States": {"Done": {"Type": "Succeed"}},
    }
    arn = states.create_state_machine(
        name=f"{PREFIX}-clicks",
        definition=json.dumps(definition),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-clicks-machine",
    )["stateMachineArn"]

    def wakes():
        listed = states.list_executions(stateMachineArn=arn)["executions"]
        inputs = (
            states.describe_execution(executionArn=e["executionArn"])["input"] for e in listed
        )
        return sorted(json.loads(text)["by"] for text in inputs)

    return wakes


@pytest.fixture
def stream_row(cloud):
    """Put what the reconciler keeps of a stream."""

    def put(state, *, generation=3, **more):
        item = {"pk": "stream#clicks", "sk": "state", "state": state, **more}
        item = {name: {"S": value} for name, value in item.items()}
        item["generation"] = {"N": str(generation)}
        cloud("dynamodb").put_item(TableName=f"{PREFIX}-ledger", Item=item)

    return put


@pytest.fixture
def control_file(cloud):
    """Put a file below the stream's part of the log bucket."""

    def put(name, document):
        cloud("s3").put_object(
            Bucket=f"{PREFIX}-logs",
            Key=f"streams/clicks/{name}",
            Body=json.dumps(document).encode(),
        )

    return put


@pytest.fixture
def pause_row(cloud):
    """Whether the stream is paused, by its row."""

    def read():
        key = {"pk": {"S": "job#clicks"}, "sk": {"S": "pause"}}
        return cloud("dynamodb").get_item(TableName=f"{PREFIX}-ledger", Key=key).get("Item")

    return read


METRICS = {
    "sparkrail": "stream", "job": "clicks", "generation": 3, "batch": 7, "rows": 1200,
    "rows_per_second": 600.0, "batch_seconds": 2.0, "lag_largest": 40, "lag_sum": 70,
    "behind_seconds": 4, "quarantined": 12, "quarantine_percent": 1.0, "late": 3,
    "unknown_fields": 0, "state_rows": 900, "state_mib": 1.5,
}  # fmt: skip
RUN = f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications/00f1/jobruns/00r1"
