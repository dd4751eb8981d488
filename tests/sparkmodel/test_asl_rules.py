"""Every rule of state machines has definitions that keep it and definitions that do not."""

import copy
import json
import re
from pathlib import Path

import pytest

from sparkmodel.asl import RULES, findings, findings_in_template
from sparkmodel.asl.payload import MAX_BYTES

RETRIER = {
    "ErrorEquals": ["DynamoDb.ThrottlingException"],
    "IntervalSeconds": 1,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
CATCH = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}]
FAILED = {"Type": "Fail", "Error": "JobFailed", "CausePath": "$.error.Cause"}


def task(resource="arn:aws:states:::dynamodb:putItem", **more):
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"TableName": "t"},
        "ResultPath": "$.last",
        "TimeoutSeconds": 60,
        "Retry": [RETRIER],
        "Catch": CATCH,
        "End": True,
        **more,
    }


def start(**parameters):
    given = {"ApplicationId": "a", "ClientToken.$": "States.Hash($.key, 'SHA-256')", **parameters}
    retrier = {**RETRIER, "ErrorEquals": ["EMRServerless.ThrottlingException"]}
    return task(
        "arn:aws:states:::emr-serverless:startJobRun.sync", Parameters=given, Retry=[retrier]
    )


def without(state, *names):
    return {name: value for name, value in state.items() if name not in names}


def machine(work=None, **more):
    return {"StartAt": "Work", "States": {"Work": work or task(), "Failed": FAILED, **more}}


def map_of(inner, **more):
    processor = {"StartAt": "Each", "States": {"Each": inner, "Failed": FAILED}}
    return {
        "Type": "Map",
        "ItemProcessor": processor,
        "MaxConcurrency": 5,
        "ResultPath": None,
        "Catch": CATCH,
        "End": True,
        **more,
    }


def broken(definition):
    return {(each.rule, each.path) for each in findings(definition)}


KEPT = {
    "a task": machine(),
    "a start": machine(start()),
    "a map": machine(map_of(task())),
    "a map that counts": machine(
        map_of(task(), ResultPath="$.n", ResultSelector={"n.$": "States.ArrayLength($)"})
    ),
    "a map that writes its results": machine(
        without(map_of(task(), ResultWriter={"Resource": "s3"}), "ResultPath")
    ),
    "a map with a computed bound": machine(
        without(map_of(task(), MaxConcurrencyPath="$.concurrency"), "MaxConcurrency")
    ),
    "a retry that is bounded by its number": machine(
        task(Retry=[without({**RETRIER, "MaxAttempts": 4}, "MaxDelaySeconds")])
    ),
    "an error that is not retried beside others that are": machine(
        task(Retry=[{"ErrorEquals": ["S3.NoSuchKey"], "MaxAttempts": 0}, RETRIER])
    ),
    "a timeout that the data says": machine(
        without(task(TimeoutSecondsPath="$.seconds"), "TimeoutSeconds")
    ),
    "a fixed cause before anything could go wrong": machine(
        {"Type": "Choice", "Choices": [{"Next": "Real"}], "Default": "Wrong"},
        Real=task(),
        Wrong={"Type": "Fail", "Error": "BadInput", "Cause": "Start it with a key."},
    ),
    "a bounded list": machine(
        task("arn:aws:states:::aws-sdk:dynamodb:query", Parameters={"Limit": 25})
    ),
    "a map over a bounded list": machine(
        without(
            task(
                "arn:aws:states:::aws-sdk:dynamodb:query",
                Parameters={"Limit": 25},
                ResultPath="$.found",
                Next="Each",
            ),
            "End",
        ),
        Each=map_of(task(), ItemsPath="$.found.Items", ResultPath="$.found.Items"),
    ),
    "a list of which a part is kept": machine(
        task("arn:aws:states:::aws-sdk:s3:getObject", ResultSelector={"etag.$": "$.ETag"})
    ),
    "an execution named by its key": machine(
        task(
            "arn:aws:states:::states:startExecution.sync:2",
            Parameters={"StateMachineArn": "m", "Name.$": "States.Format('{}-q', $.key)"},
        )
    ),
    "an upsert, whose name is no token": machine(
        task("arn:aws:states:::aws-sdk:glue:createDatabase", Parameters={"Name": "db"})
    ),
    "a loop that can end": machine(
        {"Type": "Wait", "Seconds": 1, "Next": "Enough"},
        Enough={"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Work"},
        Done=task(),
    ),
}


@pytest.mark.parametrize("definition", KEPT.values(), ids=list(KEPT))
def test_a_machine_that_keeps_every_rule_has_no_finding(definition):
    assert findings(definition) == []


def retry(**changes):
    return machine(task(Retry=[{**RETRIER, **changes}]))


def restart(*errors):
    return machine({**start(), "Retry": [{**RETRIER, "ErrorEquals": list(errors)}]})


def renamed(expression):
    parameters = {"StateMachineArn": "m", "Name.$": expression}
    return machine(task("arn:aws:states:::states:startExecution", Parameters=parameters))


TAINTED = machine(
    {
        "Type": "Pass",
        "Parameters": {"key.$": "$.key", "token.$": "States.UUID()"},
        "Next": "Start",
    },
    Start=start(**{"ClientToken.$": "$.token"}),
)
BROKEN = {
    "NextExists": {
        "a start that is not there": {"StartAt": "Begin", "States": {"Failed": FAILED}},
        "a next that is not there": machine(without(task(Next="Gone"), "End")),
        "a default that is not there": machine(
            {"Type": "Choice", "Choices": [{"Next": "Real"}], "Default": "Gone"}, Real=task()
        ),
        "a choice that is not there": machine(
            {"Type": "Choice", "Choices": [{"Next": "Gone"}], "Default": "Real"}, Real=task()
        ),
        "a catcher that is not there": machine(task(Catch=[{**CATCH[0], "Next": "Gone"}])),
        "a next in a map that is outside of it": machine(map_of(without(task(Next="Work"), "End"))),
        "a next in a branch": machine(
            {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "Next": "X"}}}
                ],
                "Catch": CATCH,
                "End": True,
            }
        ),
    },
    "Reachable": {
        "a state that nobody leads to": machine(Left={"Type": "Succeed"}),
        "a state in a map that nobody leads to": machine(
            map_of(without(task(), "Catch"), Catch=CATCH)
        ),
        "two that lead only to each other": machine(
            A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"}
        ),
    },
    "Ends": {
        "no next and no end": machine(without(task(), "End")),
        "next and end": machine(task(Next="Failed")),
        "a choice without a default": machine(
            {"Type": "Choice", "Choices": [{"Next": "Real"}]}, Real=task()
        ),
        "a loop without a way out": machine(
            {"Type": "Wait", "Seconds": 1, "Next": "Work"},
        ),
    },
    "TaskRetry": {
        "no retry": machine(without(task(), "Retry")),
        "an empty retry": machine(task(Retry=[])),
        "only errors that are not retried": machine(
            task(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}])
        ),
        "no jitter": machine(task(Retry=[without(RETRIER, "JitterStrategy")])),
        "jitter that is none": retry(JitterStrategy="NONE"),
        "delays of an hour": machine(
            task(Retry=[without({**RETRIER, "MaxAttempts": 12}, "MaxDelaySeconds")])
        ),
        "delays without end": machine(
            task(
                Retry=[
                    without(
                        {**RETRIER, "MaxAttempts": 99_999_999, "BackoffRate": 9.9},
                        "MaxDelaySeconds",
                    )
                ]
            )
        ),
        "one of two without jitter": machine(
            task(Retry=[RETRIER, {"ErrorEquals": ["DynamoDb.InternalServerErrorException"]}])
        ),
    },
    "TaskCatch": {
        "no catch": machine(without(task(), "Catch")),
        "an empty catch": machine(task(Catch=[])),
        "only some errors": machine(task(Catch=[{**CATCH[0], "ErrorEquals": ["States.Timeout"]}])),
        "inside a map, which has one": machine(map_of(without(task(), "Catch"))),
    },
    "TaskTimeout": {"no timeout": machine(without(task(), "TimeoutSeconds"))},
    "RetryOfStart": {
        "all errors": restart("States.ALL"),
        "a failed job": restart("States.TaskFailed"),
        "a timeout": restart("EMRServerless.ThrottlingException", "States.Timeout"),
        "a heartbeat": restart("States.HeartbeatTimeout"),
        "no access": restart("EMRServerless.AccessDeniedException"),
        "no permission": restart("States.Permissions"),
        "a wrong request": restart("EMRServerless.ValidationException"),
        "any work that is waited for": machine(
            task(
                "arn:aws:states:::glue:startJobRun.sync",
                Retry=[{**RETRIER, "ErrorEquals": ["States.TaskFailed"]}],
            )
        ),
        "an execution": machine(
            task(
                "arn:aws:states:::states:startExecution",
                Parameters={"Name.$": "$.key"},
                Retry=[{**RETRIER, "ErrorEquals": ["States.ALL"]}],
            )
        ),
        "by the SDK": machine(
            task(
                "arn:aws:states:::aws-sdk:sfn:startExecution",
                Parameters={"Name.$": "$.key"},
                Retry=[{**RETRIER, "ErrorEquals": ["States.ALL"]}],
            )
        ),
    },
    "Token": {
        "no token": machine(
            task("arn:aws:states:::emr-serverless:startJobRun", Parameters={"ApplicationId": "a"})
        ),
        "no name": machine(
            task("arn:aws:states:::states:startExecution", Parameters={"StateMachineArn": "m"})
        ),
        "no token by the SDK": machine(
            task("arn:aws:states:::aws-sdk:emrserverless:startJobRun", Parameters={})
        ),
        "a random token": machine(start(**{"ClientToken.$": "States.UUID()"})),
        "a random part": machine(
            start(**{"ClientToken.$": "States.Format('{}-{}', $.key, States.UUID())"})
        ),
        "a random number": renamed("States.Format('{}', States.MathRandom(1, 9))"),
        "the time of the state": renamed("States.Format('{}', $$.State.EnteredTime)"),
        "the number of the retry": renamed("States.Format('{}', $$.State.RetryCount)"),
        "the same in every run": machine(start(ClientToken="abc")),
        "a random field of an earlier state": TAINTED,
        "a message's": machine(
            task(
                "arn:aws:states:::sqs:sendMessage",
                Parameters={"MessageDeduplicationId.$": "States.UUID()"},
            )
        ),
    },
    "FailCause": {
        "no cause": machine(Failed={"Type": "Fail", "Error": "JobFailed"}),
        "no error": machine(Failed={"Type": "Fail", "CausePath": "$.error.Cause"}),
        "a fixed cause after an error": machine(
            Failed={"Type": "Fail", "Error": "JobFailed", "Cause": "It failed."}
        ),
        "a fixed cause some states after an error": machine(
            Failed={"Type": "Pass", "Next": "Last"},
            Last={"Type": "Fail", "Error": "JobFailed", "Cause": "It failed."},
        ),
    },
    "Payload": {
        "a large literal": machine(
            {"Type": "Pass", "Result": "x" * MAX_BYTES, "Next": "Real"}, Real=task()
        ),
        "a large request": machine(task(Parameters={"Body": "ä" * (MAX_BYTES // 2)})),
        "a map that keeps all": machine(map_of(task(), ResultPath="$.all")),
        "a map that is all": machine(without(map_of(task()), "ResultPath")),
        "a map over another list than the bounded one": machine(
            without(
                task(
                    "arn:aws:states:::aws-sdk:dynamodb:query",
                    Parameters={"Limit": 25},
                    ResultPath="$.found",
                    Next="Each",
                ),
                "End",
            ),
            Each=map_of(task(), ItemsPath="$.foundling.Items", ResultPath="$.all"),
        ),
        "an open list": machine(task("arn:aws:states:::aws-sdk:emrserverless:listJobRuns")),
        "a whole object": machine(task("arn:aws:states:::aws-sdk:s3:getObject")),
    },
    "MapConcurrency": {
        "no bound": machine(without(map_of(task()), "MaxConcurrency")),
        "nought, which is no bound": machine(map_of(task(), MaxConcurrency=0)),
        "a map inside a map": machine(map_of(map_of(task(), MaxConcurrency=0))),
    },
}
CASES = [(rule, name) for rule, definitions in BROKEN.items() for name in definitions]


@pytest.mark.parametrize(("rule", "name"), CASES, ids=[f"{rule}: {name}" for rule, name in CASES])
def test_a_broken_rule_is_named_with_state_and_fix(rule, name):
    found = [each for each in findings(BROKEN[rule][name]) if each.rule == rule]

    assert found
    assert all(each.text and each.fix for each in found)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in ("Readable",)])
def test_every_rule_has_definitions_that_break_it(rule):
    assert BROKEN[rule]


def test_a_finding_names_the_path_of_a_state_in_a_map():
    definition = machine(map_of(without(task(), "TimeoutSeconds")))

    assert broken(definition) == {("TaskTimeout", "Work/Each")}


def test_a_finding_names_the_branch_of_a_parallel():
    branch = {"StartAt": "Each", "States": {"Each": {"Type": "Fail", "Error": "E", "Cause": "c"}}}
    other = {"StartAt": "Each", "States": {"Each": {"Type": "Fail", "Error": "E"}}}
    definition = machine(
        {"Type": "Parallel", "Branches": [branch, other], "Catch": CATCH, "End": True}
    )

    assert broken(definition) == {("FailCause", "Work/1/Each")}


def test_a_machine_in_jsonata_is_checked_by_the_same_rules():
    good = task(
        "arn:aws:states:::emr-serverless:startJobRun.sync",
        Arguments={"ClientToken": "{% $hash($states.input.key) %}"},
        Output="{% {'id': $states.result.JobRunId} %}",
        Retry=[{**RETRIER, "ErrorEquals": ["EMRServerless.ThrottlingException"]}],
    )
    good = without(good, "Parameters", "ResultPath")
    random = {**good, "Arguments": {"ClientToken": "{% $uuid() %}"}}
    fixed = {**good, "Arguments": {"ClientToken": "one"}}
    failed = {"Type": "Fail", "Error": "JobFailed", "Cause": "{% $states.input.error.Cause %}"}

    def written(work):
        return {**machine(work, Failed=failed), "QueryLanguage": "JSONata"}

    assert broken(written(good)) == set()
    assert broken(written(random)) == {("Token", "Work")}
    assert broken(written(fixed)) == {("Token", "Work")}
    whole = without(map_of(good), "ResultPath")
    assert ("Payload", "Work") in broken(written(whole))


def test_one_state_in_jsonata_among_others():
    state = {**without(start(), "Parameters"), "QueryLanguage": "JSONata"}
    state["Arguments"] = {"ClientToken": "{% $uuid() %}"}

    assert broken(machine(state)) == {("Token", "Work")}


def as_template(properties):
    return {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties},
        }
    }


WRONG = machine(without(task("arn:${AWS::Partition}:states:::dynamodb:putItem"), "TimeoutSeconds"))
START, REST = json.dumps(WRONG).split("${AWS::Partition}")


@pytest.mark.parametrize(
    "properties",
    [
        {"DefinitionString": json.dumps(WRONG)},
        {"Definition": WRONG},
        {"DefinitionString": {"Fn::Sub": json.dumps(WRONG)}},
        {"DefinitionString": {"Fn::Sub": [json.dumps(WRONG), {"a": "b"}]}},
        {"DefinitionString": {"Fn::Join": ["", [START, {"Ref": "AWS::Partition"}, REST]]}},
    ],
    ids=["text", "object", "sub", "sub with values", "join"],
)
def test_machines_of_a_template_are_found_however_they_are_written(properties):
    found = findings_in_template(as_template(properties))

    assert [(each.resource, each.finding.rule) for each in found] == [("Machine", "TaskTimeout")]


def test_a_number_that_the_deploy_fills_in_is_read():
    text = json.dumps(machine()).replace('"TimeoutSeconds": 60', '"TimeoutSeconds": ${Seconds}')

    assert findings_in_template(as_template({"DefinitionString": text})) == []


@pytest.mark.parametrize(
    "properties",
    [
        {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}},
        {"DefinitionString": {"Ref": "Parameter"}},
        {"DefinitionString": "{not json"},
        {"DefinitionString": "[]"},
    ],
)
def test_a_definition_that_cannot_be_read_is_said(properties):
    found = findings_in_template(as_template(properties))

    assert [each.finding.rule for each in found] == ["Readable"]


def test_a_definition_is_not_changed_by_being_read():
    definition = machine(map_of(start()))
    before = copy.deepcopy(definition)

    findings(definition)

    assert definition == before


def test_the_page_has_every_rule():
    page = (Path(__file__).parents[2] / "docs/rules.md").read_text()

    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(RULES)
