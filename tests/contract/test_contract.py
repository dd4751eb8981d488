"""What EMR Serverless, Step Functions and Scheduler promise, here and on AWS.

Each answer, errors too, is compared with botocore's model; the tests say what the models do not.
"""

import contextlib
import json
import time

import pytest
from botocore.exceptions import ClientError

SMALL = (
    "--conf spark.driver.cores=1 --conf spark.driver.memory=1g --conf spark.executor.cores=1 "
    "--conf spark.executor.memory=1g --conf spark.dynamicAllocation.maxExecutors=1"
)
OVER = {"SUCCESS", "FAILED", "CANCELLED"}
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9000, "End": True}}}
NOWHERE = "00nosuchthing000"


@contextlib.contextmanager
def refused(*codes):
    """The call inside is refused with one of these codes."""
    with pytest.raises(ClientError) as found:
        yield
    assert found.value.response["Error"]["Code"] in codes, found.value


def wait_for(cloud, look, wanted):
    """What `look` gives as soon as it is one of `wanted`."""
    deadline = time.monotonic() + cloud.seconds
    while (found := look()) not in wanted:
        assert time.monotonic() < deadline, f"{found}, not {wanted}"
        time.sleep(0.05 if cloud.endpoint else 5)
    return found


@pytest.fixture
def emr(cloud):
    return cloud.client("emr-serverless")


@pytest.fixture
def application(cloud, emr):
    made = emr.create_application(
        name=cloud.name(),
        releaseLabel="emr-7.12.0",
        type="SPARK",
        clientToken=cloud.name(),
        tags={"contract": "yes"},
    )["applicationId"]
    yield made
    for run in emr.list_job_runs(applicationId=made)["jobRuns"]:
        if run["state"] not in OVER:
            emr.cancel_job_run(applicationId=made, jobRunId=run["id"])
        look = lambda run=run: emr.get_job_run(applicationId=made, jobRunId=run["id"])  # noqa: E731
        wait_for(cloud, lambda look=look: look()["jobRun"]["state"], OVER)
    state = emr.get_application(applicationId=made)["application"]["state"]
    if state not in ("CREATED", "STOPPED"):
        emr.stop_application(applicationId=made)
        _in_state(cloud, emr, made, "STOPPED")
    emr.delete_application(applicationId=made)


def _in_state(cloud, emr, application, state):
    look = lambda: emr.get_application(applicationId=application)["application"]["state"]  # noqa: E731
    return wait_for(cloud, look, {state})


@pytest.fixture
def start(cloud, emr, application):
    def do(what="sleep", **more):
        spark = {
            "entryPoint": f"s3://sparkrail-contract-nowhere/{what}.py",
            "entryPointArguments": ["--key", "k"],
            "sparkSubmitParameters": SMALL,
        }
        asked = {
            "applicationId": application,
            "clientToken": cloud.name(),
            "executionRoleArn": cloud.role,
            "jobDriver": {"sparkSubmit": spark},
            "name": "contract/k/1",
            "tags": {"contract": "yes"},
            "executionTimeoutMinutes": 60,
        }
        return emr.start_job_run(**{**asked, **more})

    return do


def test_an_application_is_found_as_it_was_made(emr, application):
    found = emr.get_application(applicationId=application)["application"]

    assert (found["state"], found["releaseLabel"], found["type"]) == (
        "CREATED",
        "emr-7.12.0",
        "Spark",
    )
    assert found["autoStartConfiguration"]["enabled"] is True
    assert found["autoStopConfiguration"] == {"enabled": True, "idleTimeoutMinutes": 15}
    pages = emr.get_paginator("list_applications").paginate(states=["CREATED"])
    assert application in [one["id"] for page in pages for one in page["applications"]]


def test_an_application_starts_refuses_changes_and_stops(cloud, emr, application):
    emr.start_application(applicationId=application)
    _in_state(cloud, emr, application, "STARTED")

    with refused("ValidationException"):
        emr.update_application(
            applicationId=application, clientToken=cloud.name(), architecture="ARM64"
        )
    with refused("ValidationException"):
        emr.delete_application(applicationId=application)

    emr.stop_application(applicationId=application)
    _in_state(cloud, emr, application, "STOPPED")
    changed = emr.update_application(
        applicationId=application,
        clientToken=cloud.name(),
        autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": 1},
    )["application"]
    assert changed["autoStopConfiguration"]["idleTimeoutMinutes"] == 1


def test_tags_of_an_application(emr, application):
    arn = emr.get_application(applicationId=application)["application"]["arn"]

    emr.tag_resource(resourceArn=arn, tags={"more": "yes"})
    emr.untag_resource(resourceArn=arn, tagKeys=["contract"])

    assert emr.list_tags_for_resource(resourceArn=arn)["tags"] == {"more": "yes"}


def test_a_token_seen_before_gives_its_run_again(cloud, emr, application, start):
    token = cloud.name()

    first = start(clientToken=token)
    again = start(clientToken=token)

    assert first["jobRunId"] == again["jobRunId"]
    with refused("ConflictException"):
        start(clientToken=token, name="another")
    assert len(emr.list_job_runs(applicationId=application)["jobRuns"]) == 1


def test_a_run_comes_to_an_end_and_is_shown_all_the_way(cloud, emr, application, start):
    run = start("ok")["jobRunId"]
    states = []

    def look():
        found = emr.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
        states.append(found["state"])
        return found["state"]

    wait_for(cloud, look, OVER)
    found = emr.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
    listed = emr.list_job_runs(applicationId=application, states=[found["state"]])["jobRuns"]
    attempts = emr.list_job_run_attempts(applicationId=application, jobRunId=run)

    assert "CANCELLING" not in states
    assert found["name"] == "contract/k/1"
    assert found["jobDriver"]["sparkSubmit"]["entryPointArguments"] == ["--key", "k"]
    assert found["executionTimeoutMinutes"] == 60
    assert found["stateDetails"]
    assert [one["id"] for one in listed] == [run]
    assert len(attempts["jobRunAttempts"]) == 1


def test_a_cancelled_run_is_cancelled_once(cloud, emr, application, start):
    run = start("sleep")["jobRunId"]

    emr.cancel_job_run(applicationId=application, jobRunId=run)

    look = lambda: emr.get_job_run(applicationId=application, jobRunId=run)["jobRun"]["state"]  # noqa: E731
    assert wait_for(cloud, look, OVER) == "CANCELLED"
    with refused("ValidationException"):
        emr.cancel_job_run(applicationId=application, jobRunId=run)


def test_an_application_with_a_run_does_not_stop(cloud, emr, application, start):
    start("sleep")
    _in_state(cloud, emr, application, "STARTED")

    with refused("ValidationException"):
        emr.stop_application(applicationId=application)


def test_what_is_not_there_is_not_found(emr, application, start):
    with refused("ResourceNotFoundException"):
        emr.get_application(applicationId=NOWHERE)
    with refused("ResourceNotFoundException"):
        start(applicationId=NOWHERE)
    with refused("ResourceNotFoundException"):
        emr.get_job_run(applicationId=application, jobRunId=NOWHERE)
    with refused("ResourceNotFoundException"):
        emr.cancel_job_run(applicationId=application, jobRunId=NOWHERE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"executionTimeoutMinutes": 1},
        {"jobDriver": {}},
        {"executionRoleArn": "nobody"},
    ],
    ids=str,
)
def test_a_run_that_makes_no_sense_is_refused(start, wrong):
    with refused("ValidationException"):
        start(**wrong)


@pytest.fixture
def states(cloud):
    return cloud.client("stepfunctions")


@pytest.fixture
def machine(cloud, states):
    """Makes machines and removes them."""
    made = []

    def make(definition):
        made.append(
            states.create_state_machine(
                name=cloud.name(), definition=json.dumps(definition), roleArn=cloud.role
            )["stateMachineArn"]
        )
        return made[-1]

    yield make
    for arn in made:
        for one in states.list_executions(stateMachineArn=arn)["executions"]:
            if one["status"] == "RUNNING":
                states.stop_execution(executionArn=one["executionArn"])
        states.delete_state_machine(stateMachineArn=arn)


def _ended(cloud, states, execution):
    look = lambda: states.describe_execution(executionArn=execution)["status"]  # noqa: E731
    return wait_for(cloud, look, {"SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"})


def test_a_machine_is_found_as_it_was_made_and_can_change(cloud, states, machine):
    arn = machine(PASS)

    found = states.describe_state_machine(stateMachineArn=arn)
    assert json.loads(found["definition"]) == PASS
    assert (found["type"], found["status"]) == ("STANDARD", "ACTIVE")
    states.update_state_machine(stateMachineArn=arn, definition=json.dumps(WAIT))
    pages = states.get_paginator("list_state_machines").paginate()
    assert arn in [one["stateMachineArn"] for page in pages for one in page["stateMachines"]]


def test_an_execution_gives_its_output_and_history(cloud, states, machine):
    execution = states.start_execution(
        stateMachineArn=machine(PASS), name=cloud.name(), input='{"a": 1}'
    )["executionArn"]

    assert _ended(cloud, states, execution) == "SUCCEEDED"
    found = states.describe_execution(executionArn=execution)
    events = states.get_execution_history(executionArn=execution)["events"]
    assert json.loads(found["output"]) == {"a": 1}
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in events] == [1, 2, 3, 4]


def test_a_name_runs_once(cloud, states, machine):
    arn, name = machine(WAIT), cloud.name()

    first = states.start_execution(stateMachineArn=arn, name=name, input="{}")
    again = states.start_execution(stateMachineArn=arn, name=name, input="{}")

    assert first["executionArn"] == again["executionArn"]
    with refused("ExecutionAlreadyExists"):
        states.start_execution(stateMachineArn=arn, name=name, input='{"a": 1}')


def test_a_stopped_execution_is_aborted_with_its_words(cloud, states, machine):
    arn = machine(WAIT)
    execution = states.start_execution(stateMachineArn=arn, name=cloud.name())["executionArn"]

    states.stop_execution(executionArn=execution, error="Enough", cause="by hand")

    assert _ended(cloud, states, execution) == "ABORTED"
    found = states.describe_execution(executionArn=execution)
    assert (found["error"], found["cause"]) == ("Enough", "by hand")
    listed = states.list_executions(stateMachineArn=arn, statusFilter="ABORTED")["executions"]
    assert [one["executionArn"] for one in listed] == [execution]


def test_a_failed_execution_has_error_and_cause(cloud, states, machine):
    fail = {
        "StartAt": "A",
        "States": {"A": {"Type": "Fail", "Error": "Bad", "Cause": "as was to be expected"}},
    }
    execution = states.start_execution(stateMachineArn=machine(fail), name=cloud.name())

    assert _ended(cloud, states, execution["executionArn"]) == "FAILED"
    found = states.describe_execution(executionArn=execution["executionArn"])
    assert (found["error"], found["cause"]) == ("Bad", "as was to be expected")


def test_machines_and_executions_that_make_no_sense_are_refused(cloud, states, machine):
    arn = machine(PASS)
    with refused("InvalidDefinition"):
        machine({"StartAt": "B", "States": PASS["States"]})
    with refused("InvalidDefinition"):
        machine({"StartAt": "A", "States": {"A": {"Type": "Nap", "End": True}}})
    with refused("InvalidName"):
        states.create_state_machine(
            name="two words", definition=json.dumps(PASS), roleArn=cloud.role
        )
    with refused("InvalidExecutionInput"):
        states.start_execution(stateMachineArn=arn, name=cloud.name(), input="not JSON")
    with refused("StateMachineDoesNotExist"):
        states.start_execution(stateMachineArn=f"{arn}-gone", name=cloud.name())
    with refused("StateMachineDoesNotExist"):
        states.describe_state_machine(stateMachineArn=f"{arn}-gone")
    with refused("ExecutionDoesNotExist"):
        states.describe_execution(
            executionArn=f"{arn.replace(':stateMachine:', ':execution:')}:gone"
        )
    with refused("InvalidArn"):
        states.describe_state_machine(stateMachineArn="nowhere")


@pytest.fixture
def scheduler(cloud):
    return cloud.client("scheduler")


@pytest.fixture
def group(cloud, scheduler):
    name = cloud.name()
    scheduler.create_schedule_group(Name=name, ClientToken=cloud.name())
    yield name
    for one in scheduler.list_schedules(GroupName=name)["Schedules"]:
        scheduler.delete_schedule(Name=one["Name"], GroupName=name)
    scheduler.delete_schedule_group(Name=name)


@pytest.fixture
def schedule(cloud, scheduler, group, machine):
    target = {"Arn": machine(PASS), "RoleArn": cloud.role, "Input": '{"a": 1}'}

    def make(**more):
        asked = {
            "Name": "daily",
            "GroupName": group,
            "ScheduleExpression": "cron(30 6 * * ? *)",
            "ScheduleExpressionTimezone": "Europe/Paris",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": target,
            "State": "DISABLED",
            "ClientToken": cloud.name(),
        }
        return scheduler.create_schedule(**{**asked, **more})

    make.target = target
    return make


def test_a_schedule_is_found_as_it_was_made(cloud, scheduler, group, schedule):
    arn = schedule()["ScheduleArn"]

    found = scheduler.get_schedule(Name="daily", GroupName=group)
    assert found["Arn"] == arn
    assert arn.endswith(f":schedule/{group}/daily")
    assert found["ScheduleExpression"] == "cron(30 6 * * ? *)"
    assert found["ScheduleExpressionTimezone"] == "Europe/Paris"
    assert found["State"] == "DISABLED"
    assert found["Target"]["Input"] == '{"a": 1}'
    listed = scheduler.list_schedules(GroupName=group)["Schedules"]
    assert [one["Name"] for one in listed] == ["daily"]


def test_an_update_replaces_a_schedule(cloud, scheduler, group, schedule):
    schedule()

    scheduler.update_schedule(
        Name="daily",
        GroupName=group,
        ScheduleExpression="rate(5 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        State="DISABLED",
        Target=schedule.target,
        ClientToken=cloud.name(),
    )

    found = scheduler.get_schedule(Name="daily", GroupName=group)
    assert found["ScheduleExpression"] == "rate(5 minutes)"
    assert found.get("ScheduleExpressionTimezone", "UTC") == "UTC"


def test_a_schedule_that_is_gone_is_not_found(scheduler, group, schedule):
    schedule()

    scheduler.delete_schedule(Name="daily", GroupName=group)

    with refused("ResourceNotFoundException"):
        scheduler.get_schedule(Name="daily", GroupName=group)
    with refused("ResourceNotFoundException"):
        scheduler.delete_schedule(Name="daily", GroupName=group)


def test_a_group_is_found_and_listed(scheduler, group):
    assert scheduler.get_schedule_group(Name=group)["State"] == "ACTIVE"
    listed = scheduler.list_schedule_groups(NamePrefix=group)["ScheduleGroups"]
    assert [one["Name"] for one in listed] == [group]
    with refused("ResourceNotFoundException"):
        scheduler.get_schedule_group(Name=f"{group}-gone")


def test_names_are_taken_once(cloud, scheduler, group, schedule):
    schedule()

    with refused("ConflictException"):
        schedule()
    with refused("ConflictException"):
        scheduler.create_schedule_group(Name=group, ClientToken=cloud.name())


@pytest.mark.parametrize(
    "wrong",
    [
        {"ScheduleExpression": "cron(30 6 * * *)"},
        {"ScheduleExpression": "every day"},
        {"ScheduleExpression": "rate(0 minutes)"},
        {"ScheduleExpressionTimezone": "Europe/Atlantis"},
        {"State": "ASLEEP"},
    ],
    ids=str,
)
def test_a_schedule_that_makes_no_sense_is_refused(schedule, wrong):
    with refused("ValidationException"):
        schedule(**wrong)
