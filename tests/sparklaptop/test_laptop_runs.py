"""Job runs of the laptop cloud: real states, tokens, capacity, queue, cancellation, logs."""

import contextlib
import gzip
import json
import time

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from laptop_assemblies import ACCOUNT

from sparklaptop.emrserverless.processes import group_alive

# Each waits for servers or for Spark; together they are most of a minute.
pytestmark = pytest.mark.slow

ALIVE = {"SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING", "CANCELLING"}
SMALL = (
    "--conf spark.driver.cores=1 --conf spark.driver.memory=1g --conf spark.executor.cores=1 "
    "--conf spark.executor.memory=1g --conf spark.dynamicAllocation.maxExecutors=1"
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/job"


class Application:
    """An application of the laptop cloud and what a test does with it."""

    def __init__(self, client, **settings):
        self.api = client("emr-serverless")
        wanted = {"name": "a", "releaseLabel": "emr-7.14.0", "type": "SPARK", **settings}
        self.id = self.api.create_application(**wanted)["applicationId"]

    def start(self, what, token=None, **more):
        spark = {"entryPoint": f"s3://x/{what}.py", "sparkSubmitParameters": SMALL}
        wanted = {
            "applicationId": self.id,
            "executionRoleArn": ROLE,
            "jobDriver": {"sparkSubmit": spark},
            **({"clientToken": token} if token else {}),
            **more,
        }
        return self.api.start_job_run(**wanted)["jobRunId"]

    def get(self, run):
        return self.api.get_job_run(applicationId=self.id, jobRunId=run)["jobRun"]

    def wait(self, run, *states, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.get(run)
            if found["state"] in (states or {"SUCCESS", "FAILED", "CANCELLED"}):
                return found
            time.sleep(0.02)
        raise AssertionError(f"{found['state']} ({found['stateDetails']}), not {states}")

    def cancel(self, run, **more):
        return self.api.cancel_job_run(applicationId=self.id, jobRunId=run, **more)


@pytest.fixture
def application(client):
    made = []

    def make(**settings):
        made.append(Application(client, **settings))
        return made[-1]

    yield make
    for one in made:
        for run in one.api.list_job_runs(applicationId=one.id)["jobRuns"]:
            # It may end by itself in between.
            if run["state"] in ALIVE - {"CANCELLING"}:
                with contextlib.suppress(ClientError):
                    one.cancel(run["id"])


def group_of(laptop, run):
    """The process group of a run of the stand-in `sleep`."""
    out = laptop.state / "runs" / run / "stdout"
    deadline = time.monotonic() + 10
    while "pid" not in (text := out.read_text() if out.exists() else "") and (
        time.monotonic() < deadline
    ):
        time.sleep(0.02)
    return int(text.split("pid ")[1])


def test_a_run_succeeds(application):
    one = application()

    found = one.wait(one.start("ok", name="a/k/1"))

    assert found["state"] == "SUCCESS"
    assert found["name"] == "a/k/1"
    assert found["executionRole"] == ROLE
    assert found["createdAt"] <= found["startedAt"] <= found["endedAt"]


def test_a_failing_driver_is_failed_with_its_own_words(application):
    one = application()

    found = one.wait(one.start("fail"))

    assert (found["state"], found["stateDetails"]) == ("FAILED", "ValueError: bad input")


def test_a_killed_driver_is_failed_and_never_hangs(application):
    one = application()

    found = one.wait(one.start("die"))

    assert found["state"] == "FAILED"
    assert "killed (SIGKILL)" in found["stateDetails"]


def test_the_same_token_and_request_is_the_same_run(application):
    one = application()

    first, second = one.start("brief", token="t"), one.start("brief", token="t")

    assert first == second
    assert len(one.api.list_job_runs(applicationId=one.id)["jobRuns"]) == 1


def test_the_same_token_with_another_request_is_a_conflict(application):
    one = application()
    one.start("ok", token="t")

    with pytest.raises(ClientError) as refusal:
        one.start("fail", token="t")

    assert refusal.value.response["Error"]["Code"] == "ConflictException"


def test_a_token_belongs_to_its_application(application):
    first, second = application(), application()

    assert first.start("ok", token="t") != second.start("ok", token="t")


def test_more_runs_than_allowed_wait_in_the_queue_and_run_in_order(application):
    one = application(schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 720})
    first, second, third = (one.start("brief") for _ in range(3))

    assert one.get(second)["state"] == one.get(third)["state"] == "QUEUED"

    ended = [one.wait(run) for run in (first, second, third)]
    assert [run["state"] for run in ended] == ["SUCCESS"] * 3
    assert ended[0]["endedAt"] <= ended[1]["startedAt"] <= ended[2]["startedAt"]
    assert ended[2]["queuedDurationMilliseconds"] > ended[0]["queuedDurationMilliseconds"]


def test_a_run_that_waits_too_long_is_cancelled(application):
    # A minute lasts 0.2 s here.
    one = application(schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 15})
    one.start("sleep")

    found = one.wait(one.start("ok"), "CANCELLED")

    assert "timed out in the queue after 15 minutes" in found["stateDetails"]


def test_a_queued_run_can_be_cancelled_and_never_starts(application, laptop):
    one = application(schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 720})
    one.start("sleep")
    waiting = one.start("ok")

    one.cancel(waiting)

    assert one.get(waiting)["state"] == "CANCELLED"
    assert not (laptop.state / "runs" / waiting).exists()


@pytest.mark.failure_mode(8)
def test_what_does_not_fit_into_the_maximum_capacity_fails_naming_both(application, observe):
    one = application(maximumCapacity={"cpu": "3 vCPU", "memory": "24 GB"})
    running = one.start("sleep")

    found = one.wait(one.start("ok"), "FAILED")

    assert "exceeded its maximumCapacity" in found["stateDetails"]
    assert "need 2 vCPU" in found["stateDetails"]
    assert "free are 1 vCPU" in found["stateDetails"]
    one.cancel(running)
    one.wait(running, "CANCELLED")
    assert one.wait(one.start("ok"))["state"] == "SUCCESS"
    observe(
        happened="a run beside one that takes the capacity fails at once, and succeeds after it",
        user_sees=found["stateDetails"],
    )


def test_cancelling_ends_the_whole_process_group(application, laptop):
    one = application()
    run = one.start("sleep")
    group = group_of(laptop, run)

    one.cancel(run)

    assert one.wait(run, "CANCELLED")["stateDetails"] == "Cancelled by CancelJobRun"
    assert not group_alive(group)


def test_a_driver_deaf_to_sigterm_is_killed(application):
    one = application()
    run = one.start("deaf")
    one.wait(run, "RUNNING")
    time.sleep(0.3)

    one.cancel(run)

    assert one.get(run)["state"] == "CANCELLING"
    assert one.wait(run)["state"] == "CANCELLED"


def test_a_run_that_has_ended_cannot_be_cancelled(application):
    one = application()
    run = one.start("ok")
    one.wait(run)

    with pytest.raises(ClientError, match="cannot be cancelled"):
        one.cancel(run)


def test_a_run_over_its_time_is_cancelled_and_says_why(application, laptop):
    one = application()
    run = one.start("sleep", executionTimeoutMinutes=5)
    group = group_of(laptop, run)

    found = one.wait(run, "CANCELLED")

    assert "timed out after 5 minutes" in found["stateDetails"]
    assert not group_alive(group)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"executionTimeoutMinutes": 1}, "at least 5 minutes"),
        ({"retryPolicy": {"maxFailedAttemptsPerHour": 3}}, "for STREAMING mode alone"),
        ({"mode": "STREAMING", "executionTimeoutMinutes": 60}, "must be 0 or absent"),
        ({"mode": "STREAMING", "retryPolicy": {"maxAttempts": 2}}, "for BATCH mode alone"),
        (
            {"mode": "STREAMING", "retryPolicy": {"maxFailedAttemptsPerHour": 11}},
            "from 1 to 10",
        ),
        ({"retryPolicy": {"maxAttempts": 3}}, "retry in the state machine"),
    ],
)
def test_what_would_be_ignored_is_refused(application, more, words):
    with pytest.raises(ClientError, match=words):
        application().start("ok", **more)


def test_logs_are_live_while_it_runs_and_in_s3_afterwards(application, client, laptop):
    client("s3").create_bucket(
        Bucket="run-logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    monitoring = {
        "s3MonitoringConfiguration": {"logUri": "s3://run-logs/emr/"},
        "cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": "/live"},
    }
    one = application(monitoringConfiguration=monitoring)
    run = one.start("sleep")
    place = f"applications/{one.id}/jobs/{run}/SPARK_DRIVER"
    group_of(laptop, run)

    deadline = time.monotonic() + 5
    events = []
    while not events and time.monotonic() < deadline:
        try:
            events = client("logs").get_log_events(
                logGroupName="/live", logStreamName=f"{place}/stdout"
            )["events"]
        except ClientError:
            time.sleep(0.1)
    assert events[0]["message"].startswith("stand-in sleep")
    assert one.get(run)["state"] == "RUNNING"

    one.cancel(run)
    one.wait(run)
    body = client("s3").get_object(Bucket="run-logs", Key=f"emr/{place}/stdout.gz")["Body"].read()
    assert b"stand-in sleep" in gzip.decompress(body)


def test_the_requests_own_monitoring_wins_over_the_applications(application, client):
    def group(name):
        return {"cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": name}}

    one = application(monitoringConfiguration=group("/of-the-application"))

    one.wait(
        one.start("ok", configurationOverrides={"monitoringConfiguration": group("/of-the-run")})
    )

    groups = [found["logGroupName"] for found in client("logs").describe_log_groups()["logGroups"]]
    assert "/of-the-run" in groups
    assert "/of-the-application" not in groups


def test_the_command_is_kept_with_its_request(application, laptop):
    one = application()
    run = one.start("ok")
    one.wait(run)

    kept = json.loads((laptop.state / "runs" / run / "command.json").read_text())

    assert kept["request"]["jobDriver"]["sparkSubmit"]["entryPoint"] == "s3://x/ok.py"
    assert kept["argv"][-1] == "s3://x/ok.py"
    assert kept["rewritten"]["--master"] == "local[1,4]"


def test_an_application_starts_by_itself_and_cannot_be_changed_while_started(application):
    one = application()
    state = lambda: one.api.get_application(applicationId=one.id)["application"]["state"]  # noqa: E731
    assert state() == "CREATED"

    one.wait(one.start("ok"))

    assert state() == "STARTED"
    with pytest.raises(ClientError, match=r"must be in one of .*STOPPED"):
        one.api.update_application(applicationId=one.id, architecture="ARM64")


def test_an_idle_application_stops_by_itself(application):
    # A minute lasts 0.2 s here.
    one = application(autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": 1})
    one.wait(one.start("ok"))

    deadline = time.monotonic() + 5
    while one.api.get_application(applicationId=one.id)["application"]["state"] != "STOPPED":
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("label", ["emr-7.14.0", "emr-spark-8.1.0", "emr-spark-8.0.0"])
def test_release_labels_of_both_lines_are_taken(application, label):
    application(releaseLabel=label)


@pytest.mark.parametrize("label", ["emr-seven", "spark-3.5"])
def test_a_label_that_does_not_exist_is_refused(application, label):
    with pytest.raises(ClientError, match="does not exist"):
        application(releaseLabel=label)


def test_a_list_can_be_narrowed_to_states(application):
    one = application()
    one.wait(one.start("ok"))
    failed = one.start("fail")
    one.wait(failed)

    found = one.api.list_job_runs(applicationId=one.id, states=["FAILED"])["jobRuns"]

    assert [run["id"] for run in found] == [failed]


def test_an_application_without_runs_lists_none(application):
    one = application()

    assert one.api.list_job_runs(applicationId=one.id)["jobRuns"] == []


def test_every_answer_has_the_shape_of_the_service(application):
    one = application(
        maximumCapacity={"cpu": "8 vCPU", "memory": "64 GB"},
        schedulerConfiguration={"maxConcurrentRuns": 2},
        tags={"a": "b"},
    )
    run = one.start("ok", name="n", tags={"c": "d"}, executionTimeoutMinutes=60)
    one.wait(run)
    which = {"applicationId": one.id, "jobRunId": run}
    answers = {
        "GetApplication": one.api.get_application(applicationId=one.id),
        "ListApplications": one.api.list_applications(),
        "GetJobRun": one.api.get_job_run(**which),
        "ListJobRuns": one.api.list_job_runs(applicationId=one.id),
        "ListJobRunAttempts": one.api.list_job_run_attempts(**which),
    }
    model = botocore.session.get_session().get_service_model("emr-serverless")

    for operation, answer in answers.items():
        answer.pop("ResponseMetadata")
        shape = model.operation_model(operation).output_shape
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), f"{operation}: {report.generate_report()}"
