"""Machines start machines, and wait for them, as on AWS."""

import json
import time
import uuid

import pytest
from laptop_assemblies import ACCOUNT, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"


@pytest.fixture
def api(client):
    return client("stepfunctions")


@pytest.fixture
def machine(api):
    """Makes a machine of one state: machine(state) -> its ARN."""

    def make(state):
        definition = {"StartAt": "S", "States": {"S": state}}
        name = f"m{uuid.uuid4()}"
        answer = api.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )
        return answer["stateMachineArn"]

    return make


@pytest.fixture
def starter(machine):
    """Makes a machine that starts another: starter(arn, ".sync:2")."""

    def make(started, pattern=""):
        value = {"key.$": "$.key", "note": 'it\'s "here"'}
        return machine(
            {
                "Type": "Task",
                "Resource": f"arn:aws:states:::states:startExecution{pattern}",
                "Parameters": {"StateMachineArn": started, "Name.$": "$.key", "Input": value},
                "End": True,
            }
        )

    return make


@pytest.fixture
def run(api):
    def do(arn, key="k1", *, wait=True):
        execution = api.start_execution(
            stateMachineArn=arn, name=str(uuid.uuid4()), input=json.dumps({"key": key})
        )["executionArn"]
        return ended(api, execution) if wait else execution

    return do


def ended(api, execution):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = api.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.05)
    raise AssertionError("it did not end")


PASS = {"Type": "Pass", "End": True}
FAIL = {"Type": "Fail", "Error": "Own", "Cause": "no files"}
# Twenty seconds here, which is longer than any computer takes to stop it.
WAIT = {"Type": "Wait", "Seconds": 6000, "End": True}


def test_a_started_execution_gets_its_input_as_json(machine, starter, run, api):
    started = json.loads(run(starter(machine(PASS)))["output"])

    found = ended(api, started["ExecutionArn"])
    assert json.loads(found["input"]) == {"key": "k1", "note": 'it\'s "here"'}


@pytest.mark.parametrize(("pattern", "output"), [(".sync:2", dict), (".sync", str)])
def test_who_waits_gets_the_output_as_json_or_as_text(machine, starter, run, pattern, output):
    found = json.loads(run(starter(machine(PASS), pattern))["output"])

    assert found["Status"] == "SUCCEEDED"
    assert isinstance(found["Output"], output)


def test_a_failed_execution_fails_who_waits_for_it_with_its_own_cause(machine, starter, run):
    found = run(starter(machine(FAIL), ".sync:2"))

    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(found["cause"])["Cause"] == "no files"


def test_a_name_that_was_used_is_an_error_by_name(machine, starter, run):
    first = machine(PASS)
    run(starter(first, ".sync:2"))

    found = run(starter(first, ".sync:2"))

    assert found["error"] == "StepFunctions.ExecutionAlreadyExistsException"


def test_who_is_stopped_stops_what_it_waits_for(machine, starter, run, api):
    started = machine(WAIT)
    waiting = run(starter(started, ".sync:2"), wait=False)
    deadline = time.monotonic() + 10
    while not (found := api.list_executions(stateMachineArn=started)["executions"]):
        assert time.monotonic() < deadline

    api.stop_execution(executionArn=waiting)

    assert ended(api, found[0]["executionArn"])["status"] == "ABORTED"


def test_a_body_that_is_data_is_written_as_json(machine, run, client):
    s3 = client("s3")
    s3.create_bucket(Bucket="bodies", CreateBucketConfiguration={"LocationConstraint": REGION})
    body = {"keys.$": "States.Array($.key)"}
    parameters = {"Bucket": "bodies", "Key": "a.json", "Body": body}
    resource = "arn:aws:states:::aws-sdk:s3:putObject"

    run(machine({"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}))

    written = s3.get_object(Bucket="bodies", Key="a.json")["Body"].read()
    assert json.loads(written) == {"keys": ["k1"]}
