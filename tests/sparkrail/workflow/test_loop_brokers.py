"""A job that talks to Kafka is told the brokers at each attempt, or fails with what MSK said."""

import itertools
import json

import pytest
from loop_cloud import KEY, job

pytestmark = pytest.mark.slow

ANSWERED = {
    "Type": "Pass",
    "Parameters": {"iam": "boot-1.kafka:9098"},
    "ResultPath": "$.brokers",
    "Next": "Run",
}


def topics_job(name="topics_sales"):
    return job(name, outputs={}, manages=["sales"])


def answer(states):
    """Let MSK answer: there is no cluster here."""
    states["Brokers"] = ANSWERED


def told(loop):
    """What each run was told, the oldest first."""
    listed = loop.runs_api.list_job_runs(applicationId=loop.application)["jobRuns"]
    for each in sorted(listed, key=lambda run: run["createdAt"]):
        run = loop.runs_api.get_job_run(applicationId=loop.application, jobRunId=each["id"])
        given = run["jobRun"]["jobDriver"]["sparkSubmit"]["entryPointArguments"]
        yield dict(itertools.pairwise(given))


def test_each_attempt_asks_for_the_brokers_and_is_told_them(loop):
    loop.add(topics_job(), change=answer)

    execution = loop.start("topics_sales", key="flaky", generation=1, by="hand", overrides={})
    loop.succeed(execution)

    attempts = list(told(loop))
    assert [each["--attempt"] for each in attempts] == ["1", "2"]
    for each in attempts:
        assert each["--brokers"] == "boot-1.kafka:9098"
        assert each["--security"] == "iam"
    assert loop.path(execution).count("Brokers") == 2


def test_a_run_without_brokers_fails_before_spark_starts_and_frees_its_job(loop):
    def once(states):
        states["Brokers"]["Retry"] = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 0}]

    loop.add(topics_job(), change=once)

    ended = loop.run("topics_sales", key=KEY, generation=1, by="hand", overrides={})

    assert (ended["status"], ended["error"]) == ("FAILED", "JobFailed")
    assert ended["cause"].startswith("Where the Kafka brokers are could not be asked: ")
    said = json.loads(ended["cause"].partition(": ")[2])
    assert said["Error"].startswith("Kafka.")
    assert loop.runs() == []
    assert loop.row(name="topics_sales")["state"] == "FAILED"
    assert loop.lock("topics_sales") == {}
