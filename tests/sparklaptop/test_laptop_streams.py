"""Runs in STREAMING mode: tried again when they fail, never timed out, cancelled at once."""

import json
import time

import pytest
from laptop_assemblies import ACCOUNT

ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"
SMALL = (
    "--conf spark.driver.cores=1 --conf spark.driver.memory=1g --conf spark.executor.cores=1 "
    "--conf spark.executor.memory=1g --conf spark.dynamicAllocation.maxExecutors=1"
)
WAIT_SECONDS = 20


@pytest.fixture(scope="module")
def streams(client):
    """An application and what these tests do with it."""
    return Streams(client)


class Streams:
    def __init__(self, client):
        self.api = client("emr-serverless")
        self.id = self.api.create_application(
            name="streams",
            releaseLabel="emr-7.14.0",
            type="SPARK",
            monitoringConfiguration={
                "cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": "/streams"}
            },
        )["applicationId"]

    def start(self, what, arguments=(), **more):
        spark = {
            "entryPoint": f"s3://x/{what}.py",
            "entryPointArguments": list(arguments),
            "sparkSubmitParameters": SMALL,
        }
        return self.api.start_job_run(
            applicationId=self.id,
            executionRoleArn=ROLE,
            mode="STREAMING",
            name="sales_stream/stream/1",
            jobDriver={"sparkSubmit": spark},
            executionTimeoutMinutes=0,
            **more,
        )["jobRunId"]

    def wait(self, run, *states):
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            found = self.api.get_job_run(applicationId=self.id, jobRunId=run)["jobRun"]
            if found["state"] in states:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{found['state']} ({found['stateDetails']}), not {states}")

    def attempts(self, run):
        found = self.api.list_job_run_attempts(applicationId=self.id, jobRunId=run)
        return found["jobRunAttempts"]


def test_a_stream_that_fails_is_tried_again_until_it_failed_too_often_in_an_hour(streams, laptop):
    run = streams.start("fail", retryPolicy={"maxFailedAttemptsPerHour": 3})

    found = streams.wait(run, "FAILED")

    assert found["attempt"] == 3
    assert "bad input" in found["stateDetails"]
    assert [one["attempt"] for one in streams.attempts(run)] == [3, 2, 1]
    assert {one["state"] for one in streams.attempts(run)} == {"FAILED"}
    kept = laptop.state / "runs" / run / "attempts"
    assert "bad input" in (kept / "1" / "stdout").read_text()


def test_each_attempt_has_a_log_of_its_own(streams, client):
    run = streams.start("fail", retryPolicy={"maxFailedAttemptsPerHour": 2})
    streams.wait(run, "FAILED")

    found = client("logs").describe_log_streams(logGroupName="/streams")["logStreams"]
    names = {one["logStreamName"] for one in found}

    place = f"applications/{streams.id}/jobs/{run}/attempts"
    assert {f"{place}/1/SPARK_DRIVER/stdout", f"{place}/2/SPARK_DRIVER/stdout"} <= names


def test_one_attempt_an_hour_is_none_after_the_first(streams):
    run = streams.start("fail", retryPolicy={"maxFailedAttemptsPerHour": 1})

    assert streams.wait(run, "FAILED")["attempt"] == 1


def test_a_stream_that_ends_by_itself_has_succeeded(streams):
    assert streams.wait(streams.start("ok"), "SUCCESS", "FAILED")["state"] == "SUCCESS"


def test_a_cancelled_stream_is_not_tried_again(streams):
    run = streams.start("sleep")
    streams.wait(run, "RUNNING")

    streams.api.cancel_job_run(applicationId=streams.id, jobRunId=run)

    found = streams.wait(run, "CANCELLED", "FAILED")
    assert (found["state"], found["attempt"]) == ("CANCELLED", 1)
    assert found["executionTimeoutMinutes"] == 0


def test_a_stream_whose_driver_was_killed_goes_on(streams):
    run = streams.start("die", retryPolicy={"maxFailedAttemptsPerHour": 2})

    assert "SIGKILL" in streams.wait(run, "FAILED")["stateDetails"]
    assert len(streams.attempts(run)) == 2


def test_a_lost_checkpoint_is_gone_and_the_driver_with_it(streams, client, laptop):
    s3 = client("s3")
    s3.create_bucket(
        Bucket="checkpoints",
        CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name},
    )
    for key in ("sales_stream/v1/offsets/0", "sales_stream/v1/commits/0", "other/v1/offsets/0"):
        s3.put_object(Bucket="checkpoints", Key=key, Body=b"")
    where = ("--checkpoint", "s3://checkpoints/sales_stream/v1/")
    run = streams.start("sleep", where, retryPolicy={"maxFailedAttemptsPerHour": 2})
    streams.wait(run, "RUNNING")

    laptop.faults().inject("checkpoint-lost", job="sales_stream")

    deadline = time.monotonic() + WAIT_SECONDS
    while len(streams.attempts(run)) == 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    (rule,) = laptop.faults().rules()
    laptop.faults().clear()
    left = s3.list_objects_v2(Bucket="checkpoints")["Contents"]
    assert [one["Key"] for one in left] == ["other/v1/offsets/0"]
    assert (len(streams.attempts(run)), rule["hits"]) == (2, 1)
    streams.api.cancel_job_run(applicationId=streams.id, jobRunId=run)


def test_rules_hear_of_its_states_by_name_and_of_each_new_attempt(streams, client, laptop):
    queue = client("sqs").create_queue(QueueName="heard")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = arn["Attributes"]["QueueArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }
        ],
    }
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    detail = {"jobRunName": ["sales_stream/stream/1"]}
    pattern = {"source": ["aws.emr-serverless"], "detail": detail}
    client("events").put_rule(Name="heard", EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule="heard", Targets=[{"Id": "queue", "Arn": arn}])

    run = streams.start("fail", retryPolicy={"maxFailedAttemptsPerHour": 2})
    streams.wait(run, "FAILED")

    heard = []
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and "FAILED" not in [one.get("state") for _, one in heard]:
        for one in (
            client("sqs")
            .receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            .get("Messages", [])
        ):
            body = json.loads(one["Body"])
            heard.append((body["detail-type"], body["detail"]))
    retries = [detail for kind, detail in heard if kind == "EMR Serverless Job Run Retry"]
    assert [(one["previousAttempt"], one["newAttempt"]) for one in retries] == [(1, 2)]
    assert retries[0]["jobRunId"] == run
