"""Machines are whole: every state exists, is reached, and reads only what was written."""

import json

import pytest

SCHEDULED = [
    *("Begin", "Scheduled", "Claim", "Brokers", "Run", "Report", "Record", "Publish", "Close")
]


@pytest.fixture(scope="module")
def definitions(stacks):
    return {
        machine["StateMachineName"]: json.loads(machine["DefinitionString"])
        for stack in stacks
        for machine in stack.of_type("AWS::StepFunctions::StateMachine").values()
    }


@pytest.fixture(scope="module")
def jobs(definitions):
    """Machines of batch jobs."""
    found = {name: each for name, each in definitions.items() if "Claim" in each["States"]}
    assert found
    return found


def targets(state):
    yield from (state[key] for key in ("Next", "Default") if key in state)
    for rule in [*state.get("Choices", []), *state.get("Catch", [])]:
        yield rule["Next"]


def test_every_state_that_is_named_exists(definitions):
    for definition in definitions.values():
        named = {each for state in definition["States"].values() for each in targets(state)}

        assert named <= set(definition["States"])


def test_every_state_is_reached(definitions):
    for definition in definitions.values():
        reached, new = set(), {definition["StartAt"]}
        while new:
            reached |= new
            new = {t for state in new for t in targets(definition["States"][state])} - reached

        assert reached == set(definition["States"])


def test_every_state_goes_on_or_ends(definitions):
    for definition in definitions.values():
        for name, state in definition["States"].items():
            ends = state.get("End") or state["Type"] in ("Succeed", "Fail", "Choice")
            assert ends or "Next" in state, name


def test_a_scheduled_run_passes_eight_states_and_one_more_for_brokers(jobs):
    for definition in jobs.values():
        path, state = ["Begin"], "Scheduled"
        while state:
            path.append(state)
            state = definition["States"][state].get("Next")

        assert path == [each for each in SCHEDULED if each in definition["States"]]


def test_every_call_has_a_time_limit_and_catches_what_it_cannot_help(definitions):
    for definition in definitions.values():
        for name, state in definition["States"].items():
            if state["Type"] != "Task":
                continue
            assert state["TimeoutSeconds"] > 0, name
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
            assert state["ResultPath"] != "$", name


def test_retries_have_full_jitter(definitions):
    for definition in definitions.values():
        for state in definition["States"].values():
            for retrier in state.get("Retry", []):
                assert retrier.get("JitterStrategy") == "FULL" or retrier["MaxAttempts"] == 0


def test_only_transport_errors_start_a_run_again_with_the_same_token(jobs):
    for definition in jobs.values():
        retried = {
            error
            for retrier in definition["States"]["Run"]["Retry"]
            for error in retrier["ErrorEquals"]
        }

        assert not retried & {"States.ALL", "States.TaskFailed", "States.Timeout"}


def test_the_attempt_rises_only_after_a_terminal_state_was_read(jobs):
    for definition in jobs.values():
        (rule,) = definition["States"]["AttemptFailed"]["Choices"]

        assert {"Variable": "$.error.Error", "StringEquals": "States.TaskFailed"} in rule["And"]
        assert {"Variable": "$.cause.retryable", "BooleanEquals": True} in rule["And"]
        assert definition["States"]["AttemptFailed"]["Default"] == "MarkFailed"


def test_a_failure_ends_with_a_cause_and_a_command(jobs):
    for name, definition in jobs.items():
        failed = definition["States"]["Failed"]
        message = definition["States"]["Notify"]["Parameters"]["Message.$"]

        assert failed == {"Type": "Fail", "Error": "JobFailed", "CausePath": "$.cause.message"}
        assert "sparkrail logs " in message
        assert definition["States"]["MarkFailed"]["Next"] == "Notify", name


def test_every_environment_has_a_keeper_that_both_time_and_events_wake(stacks):
    for stack in (each for each in stacks if each.part == "control"):
        (machine,) = [
            id_
            for id_, each in stack.of_type("AWS::StepFunctions::StateMachine").items()
            if each["StateMachineName"].endswith("-keeper")
        ]
        (schedule,) = stack.of_type("AWS::Scheduler::Schedule").values()
        (rule,) = stack.of_type("AWS::Events::Rule").values()
        detail, (target,) = rule["EventPattern"]["detail"], rule["Targets"]

        assert schedule["Target"]["Arn"] == target["Arn"] == {"Ref": machine}
        assert schedule["ScheduleExpression"] == "cron(0/5 * * * ? *)"
        assert (schedule["State"], rule["State"]) == ("ENABLED", "ENABLED")
        assert detail["status"] == ["FAILED", "ABORTED", "TIMED_OUT"]
        assert detail["stateMachineArn"][0]["prefix"].endswith(f":stateMachine:{stack.name[:-7]}")
        assert detail["executionArn"][0]["anything-but"]["prefix"].endswith("-keeper:")
        for each in (schedule["Target"], target):
            assert each["DeadLetterConfig"]["Arn"].endswith("-dead-letters")
            assert each["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_the_failures_of_the_keeper_are_told(stacks):
    for stack in (each for each in stacks if each.part == "control"):
        alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
        (alarm,) = [each for each in alarms if each["AlarmName"].endswith("-keeper-failed")]
        metrics = {m["MetricStat"]["Metric"]["MetricName"] for m in alarm["Metrics"][1:]}

        assert metrics == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}
        assert alarm["Metrics"][0]["Expression"] == (
            "FILL(failed, 0) + FILL(timedout, 0) + FILL(aborted, 0)"
        )
        assert alarm["AlarmActions"][0].endswith("-alarms")
