"""Executions of one definition, which is read once, do not get into each other's way."""

import json
import time

import pytest


@pytest.mark.xfail(
    strict=False,
    reason="seldom, on a busy computer, one attempt too many is in a history: not understood yet",
)
def test_executions_at_once_keep_their_own_items_attempts_and_outputs(driven):
    flaky = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
        "Parameters": {"QueueName": "nobody"},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}],
        "End": True,
    }
    caught = {"Type": "Pass", "Parameters": {"item.$": "$.item"}, "End": True}
    each = {"StartAt": "Flaky", "States": {"Flaky": flaky, "Caught": caught}}
    states = {
        "Only": {
            "Type": "Map",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **each},
            "ItemsPath": "$.items",
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "End": True,
        }
    }
    machine = driven.machine("shared", states)
    api = driven.client("stepfunctions")

    begun = {
        api.start_execution(
            stateMachineArn=machine, name=f"n{n}", input=json.dumps({"items": [n, n + 100]})
        )["executionArn"]: n
        for n in range(12)
    }

    for execution, n in begun.items():
        deadline = time.monotonic() + 20
        while (found := api.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert json.loads(found["output"]) == [{"item": n}, {"item": n + 100}]
        history = api.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        assert sum(one["type"] == "TaskScheduled" for one in history) == 6
