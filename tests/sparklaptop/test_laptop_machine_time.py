"""Minutes of machines are as long as the laptop cloud's: here a fifth of a second."""

import time

import pytest

SECOND = 0.2 / 60
# Nobody takes a message out of it, so its task never ends by itself.
DEAF = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sqs:receiveMessage",
    "Parameters": {"WaitTimeSeconds": 20},
    "End": True,
}


@pytest.fixture
def timed(driven):
    """Runs a machine of one state: timed(state) -> (execution, its seconds)."""
    states = driven.client("stepfunctions")

    def run(state):
        machine = driven.machine(f"t{time.time_ns()}", {"Only": state})
        begin = time.monotonic()
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]
        while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(0.02)
            assert time.monotonic() < begin + 20
        return found, time.monotonic() - begin

    return run


def test_a_wait_of_five_minutes_takes_a_second(timed):
    found, took = timed({"Type": "Wait", "Seconds": 300, "End": True})

    assert found["status"] == "SUCCEEDED"
    assert 300 * SECOND <= took < 10


def test_the_delays_of_retries_are_scaled(timed):
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 2}
    call = {**DEAF, "Parameters": {"QueueUrl": "http://127.0.0.1:1/no/queue"}, "Retry": [retry]}

    found, took = timed(call)

    # 60 and 120 seconds.
    assert found["status"] == "FAILED"
    assert 180 * SECOND <= took < 10


def test_timeouts_are_scaled(timed, driven):
    queue = driven.client("sqs").create_queue(QueueName="deaf")["QueueUrl"]
    parameters = {**DEAF["Parameters"], "QueueUrl": queue}

    found, took = timed({**DEAF, "Parameters": parameters, "TimeoutSeconds": 240})

    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
    assert 240 * SECOND <= took < 10


def test_an_execution_stopped_between_two_attempts_ends_at_once(driven):
    states = driven.client("stepfunctions")
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 6000, "MaxAttempts": 2}
    call = {**DEAF, "Parameters": {"QueueUrl": "http://127.0.0.1:1/no/queue"}, "Retry": [retry]}
    machine = driven.machine("between", {"Only": call})
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    time.sleep(0.5)

    states.stop_execution(executionArn=execution)

    deadline = time.monotonic() + 3
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    events = states.get_execution_history(executionArn=execution)["events"]
    assert [one["type"] for one in events].count("TaskScheduled") == 1
