"""Runs, events and keys that are hit from outside."""

import json
import time

import pytest
from faulty_job import JOB, NAMES, clients
from laptop_clock import open_to_services

from sparklaptop.emrserverless.processes import group_alive

pytestmark = pytest.mark.slow
WAIT_SECONDS = 20


def until(condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def group_of(laptop, run):
    mark = laptop.state / "runs" / run / "process.json"
    return until(lambda: mark.exists() and json.loads(mark.read_text())["pid"])


def test_a_driver_is_killed_with_all_that_it_started(laptop, job, faults):
    faults.add({"on": "start", "effect": {"kind": "kill", "what": "driver"}, "times": 1})

    run = job.submit("sleep")
    group = group_of(laptop, run)

    until(lambda: job.state(run) == "FAILED")
    assert not group_alive(group)
    assert faults.rules()[0]["runs"] == [run]
    said = job.emr.get_job_run(applicationId=job.application, jobRunId=run)["jobRun"]
    assert "killed (SIGKILL)" in said["stateDetails"]


def test_a_run_of_another_job_is_left_alone(laptop, job, faults):
    effect = {"kind": "kill", "what": "driver"}
    faults.add({"on": "start", "match": {"job": "another"}, "effect": effect})

    run = job.submit("ok")

    until(lambda: job.state(run) == "SUCCESS")
    assert faults.rules()[0]["hits"] == 0


def test_a_run_whose_disk_is_full_cannot_write(laptop, job, faults):
    faults.add({"on": "start", "effect": {"kind": "limit_files", "bytes": 0}})

    run = job.submit("fill")

    until(lambda: job.state(run) == "FAILED")
    said = job.emr.get_job_run(applicationId=job.application, jobRunId=run)["jobRun"]
    assert said["stateDetails"]


def test_an_event_that_is_lost_reaches_nobody(laptop, job, faults):
    make = clients(laptop)
    events, sqs = make("events"), make("sqs")
    arn = NAMES.arn("sqs", "heard")
    policy = json.dumps(open_to_services("sqs:SendMessage", arn))
    url = sqs.create_queue(QueueName="heard", Attributes={"Policy": policy})["QueueUrl"]
    events.put_rule(Name="all", EventBusName=NAMES.bus, EventPattern=json.dumps({"source": ["us"]}))
    events.put_targets(Rule="all", EventBusName=NAMES.bus, Targets=[{"Id": "q", "Arn": arn}])

    def put(kind):
        entry = {"Source": "us", "DetailType": kind, "Detail": "{}", "EventBusName": NAMES.bus}
        events.put_events(Entries=[entry])

    faults.inject("events-lost")
    put("first")
    faults.clear()
    put("second")

    heard = until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    assert [json.loads(one["Body"])["detail-type"] for one in heard] == ["second"]


@pytest.mark.failure_mode(25)
def test_a_denied_call_of_a_run_names_itself(laptop, job, faults, observe):
    faults.add({"match": {"action": "s3:PutObject", "job": JOB.name}, "effect": {"kind": "deny"}})

    run = job.submit("write")

    until(lambda: job.state(run) == "FAILED")
    details = job.emr.get_job_run(applicationId=job.application, jobRunId=run)["jobRun"]
    words = details["stateDetails"]
    assert "s3:PutObject" in words
    assert "explicit deny" in words
    observe(
        happened=f"a policy denied s3:PutObject: refused {faults.rules()[0]['hits']} times",
        user_sees=words,
    )
