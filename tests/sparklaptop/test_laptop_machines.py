"""State machines of the laptop cloud behave as on AWS where moto's do not."""

import json
import re
import threading
import time

import pytest
from laptop_assemblies import ACCOUNT, REGION
from test_laptop_runs import SMALL, Application, group_of

from sparklaptop.emrserverless.processes import group_alive

ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"


@pytest.fixture
def machine(client):
    """Makes a machine of states and runs it: machine(states, input) -> the execution."""
    states_api = client("stepfunctions")
    count = iter(range(1000))

    class Machine:
        def __init__(self, states, *, start=None):
            definition = {"StartAt": start or next(iter(states)), "States": states}
            name = f"m{time.time_ns()}"
            self.arn = states_api.create_state_machine(
                name=name, definition=json.dumps(definition), roleArn=ROLE
            )["stateMachineArn"]

        def begin(self, value=None):
            return states_api.start_execution(
                stateMachineArn=self.arn, name=f"e{next(count)}", input=json.dumps(value or {})
            )["executionArn"]

        def wait(self, execution, seconds=30):
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                found = states_api.describe_execution(executionArn=execution)
                if found["status"] != "RUNNING":
                    return found
                time.sleep(0.05)
            raise AssertionError("it did not end")

        def run(self, value=None):
            return self.wait(self.begin(value))

        def output(self, value=None):
            found = self.run(value)
            assert found["status"] == "SUCCEEDED", found
            return json.loads(found["output"])

    return Machine


@pytest.fixture
def application(client):
    return Application(client)


def run_state(application, what, **more):
    return {
        "Run": {
            "Type": "Task",
            "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
            "Parameters": {
                "ApplicationId": application.id,
                "ExecutionRoleArn": ROLE,
                "ClientToken.$": "States.Hash($$.Execution.Id, 'SHA-256')",
                "Name": "j/k/1",
                "JobDriver": {
                    "SparkSubmit": {
                        "EntryPoint": f"s3://x/{what}.py",
                        "EntryPointArguments.$": "States.Array('--key', States.Format('{}', $.n))",
                        "SparkSubmitParameters": SMALL,
                    }
                },
            },
            "End": True,
            **more,
        }
    }


def test_a_run_ends_its_task_with_the_run_itself(machine, application):
    output = machine(run_state(application, "ok")).output({"n": 3})

    assert output["State"] == "SUCCESS"
    assert output["ApplicationId"] == application.id
    assert application.get(output["JobRunId"])["jobDriver"]["sparkSubmit"][
        "entryPointArguments"
    ] == ["--key", "3"]


def test_a_failed_run_fails_its_task_with_its_words(machine, application):
    found = machine(run_state(application, "fail")).run({"n": 1})

    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(found["cause"])
    assert (cause["State"], cause["StateDetails"]) == ("FAILED", "ValueError: bad input")


def test_a_retry_with_the_same_token_does_not_start_a_second_run(machine, application):
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}]

    machine(run_state(application, "fail", Retry=retry)).run({"n": 1})

    runs = application.api.list_job_runs(applicationId=application.id)["jobRuns"]
    assert len(runs) == 1


def test_a_stopped_execution_leaves_no_process(machine, application, laptop, client):
    made = machine(run_state(application, "sleep"))
    execution = made.begin({"n": 1})
    deadline = time.monotonic() + 10
    while not (runs := application.api.list_job_runs(applicationId=application.id)["jobRuns"]):
        assert time.monotonic() < deadline
    group = group_of(laptop, runs[0]["id"])

    client("stepfunctions").stop_execution(executionArn=execution)

    assert made.wait(execution)["status"] == "ABORTED"
    assert application.wait(runs[0]["id"])["state"] == "CANCELLED"
    assert not group_alive(group)


def test_a_task_out_of_time_cancels_its_run(machine, application):
    found = machine(run_state(application, "sleep", TimeoutSeconds=1)).run({"n": 1})

    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
    run = application.api.list_job_runs(applicationId=application.id)["jobRuns"][0]["id"]
    assert application.wait(run)["state"] == "CANCELLED"


def test_an_execution_stopped_at_once_is_aborted(machine, client):
    made = machine({"Wait": {"Type": "Wait", "Seconds": 6000, "End": True}})
    execution = made.begin()

    client("stepfunctions").stop_execution(executionArn=execution)

    assert made.wait(execution)["status"] == "ABORTED"


def test_a_refused_start_is_a_task_error_by_name(machine, application):
    states = run_state(application, "ok")
    states["Run"]["Parameters"]["ApplicationId"] = "00doesnotexist0"

    found = machine(states).run({"n": 1})

    assert found["error"] == "EMRServerless.ResourceNotFoundException"


def task(resource, parameters, **more):
    return {
        "Task": {
            "Type": "Task",
            "Resource": f"arn:aws:states:::{resource}",
            "Parameters": parameters,
            "End": True,
            **more,
        }
    }


def test_aws_sdk_tasks_have_the_states_spelling_both_ways(machine, application):
    run = application.start("ok", name="named")
    application.wait(run)

    output = machine(
        task(
            "aws-sdk:emrserverless:getJobRun",
            {"ApplicationId": application.id, "JobRunId": run},
        )
    ).output()

    assert output["JobRun"]["Name"] == "named"
    assert output["JobRun"]["JobDriver"]["SparkSubmit"]["EntryPoint"] == "s3://x/ok.py"
    assert isinstance(output["JobRun"]["CreatedAt"], str)


def test_a_body_in_s3_is_text(machine, client):
    client("s3").create_bucket(
        Bucket="reports", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    client("s3").put_object(Bucket="reports", Key="r.json", Body=b'{"rows": 3}')

    output = machine(
        task(
            "aws-sdk:s3:getObject",
            {"Bucket": "reports", "Key": "r.json"},
            ResultSelector={"report.$": "States.StringToJson($.Body)"},
        )
    ).output()

    assert output == {"report": {"rows": 3}}


def test_an_object_that_is_not_there_is_caught_by_its_name(machine):
    catch = [{"ErrorEquals": ["S3.NoSuchKeyException"], "Next": "Absent"}]
    states = task("aws-sdk:s3:getObject", {"Bucket": "reports", "Key": "none"}, Catch=catch)
    states["Absent"] = {"Type": "Pass", "Result": "absent", "End": True}

    assert machine(states, start="Task").output() == "absent"


def test_executions_can_be_described_from_a_state(machine, client):
    output = machine(
        task(
            "aws-sdk:sfn:describeExecution",
            {"ExecutionArn.$": "$$.Execution.Id"},
            ResultSelector={"status.$": "$.Status"},
        )
    ).output()

    assert output == {"status": "RUNNING"}


@pytest.fixture
def table(client):
    name = f"t{time.time_ns()}"
    client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def claim(table, holder="States.Format('{}', $$.Execution.Name)"):
    put = {
        "TableName": table,
        "Item": {"pk": {"S": "job#a"}, "sk": {"S": "lock"}, "execution": {"S.$": holder}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    row = {"TableName": table, "Item": {"pk": {"S": "job#a"}, "sk": {"S.$": "$.key"}}}
    return {"TransactItems": [{"Put": row}, {"Put": put}]}


def test_a_refused_claim_is_caught_and_writes_nothing(machine, table, client):
    catch = [{"ErrorEquals": ["DynamoDb.TransactionCanceledException"], "Next": "Refused"}]
    states = task("aws-sdk:dynamodb:transactWriteItems", claim(table), Catch=catch)
    states["Refused"] = {"Type": "Pass", "Result": "refused", "End": True}
    made = machine(states, start="Task")

    first, second = made.run({"key": "run#1"}), made.run({"key": "run#2"})

    assert first["status"] == "SUCCEEDED"
    assert json.loads(second["output"]) == "refused"
    rows = client("dynamodb").scan(TableName=table)["Items"]
    assert sorted(row["sk"]["S"] for row in rows) == ["lock", "run#1"]


def test_a_denied_optimized_call_is_a_task_error_that_can_be_caught(machine):
    entries = {
        "Entries": [{"EventBusName": "nobus", "Source": "a", "DetailType": "b", "Detail": {}}]
    }
    found = machine(task("events:putEvents", entries)).run()

    assert found["error"] != "States.Runtime"
    assert found["error"].startswith("EventBridge.")


def test_a_failed_item_of_a_map_keeps_its_cause(machine, application):
    item = {"StartAt": "Run", "States": run_state(application, "fail")}
    states = {
        "Map": {
            "Type": "Map",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **item},
            "ItemsPath": "$.items",
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": {"Type": "Pass", "End": True},
    }

    output = machine(states).output({"items": [{"n": 1}]})

    assert "ValueError: bad input" in output["Cause"]


def test_stopping_inside_a_map_aborts(machine, client):
    wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 6000, "End": True}}}
    states = {
        "Map": {
            "Type": "Map",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **wait},
            "ItemsPath": "$.items",
            "End": True,
        }
    }
    made = machine(states)
    execution = made.begin({"items": [1, 2]})
    time.sleep(0.5)

    client("stepfunctions").stop_execution(executionArn=execution)

    assert made.wait(execution)["status"] == "ABORTED"


def test_intrinsics_and_the_context_object(machine):
    parameters = {
        "split.$": "States.StringSplit($.time, '-:.')",
        "merged.$": "States.JsonMerge($.defaults, $.given, false)",
        "parsed.$": "States.StringToJson($.text)",
        "text.$": "States.JsonToString($.given)",
        "format.$": "States.Format('{}/{}', $.n, 'x')",
        "hash.$": "States.Hash('a', 'SHA-256')",
        "array.$": "States.Array('--a', $.n, States.JsonToString($.given))",
        "started.$": "$$.Execution.StartTime",
        "entered.$": "$$.State.EnteredTime",
        "machine.$": "$$.StateMachine.Name",
    }
    made = machine({"Pass": {"Type": "Pass", "Parameters": parameters, "End": True}})

    output = made.output(
        {
            "time": "2026-11-21T06:30:00.000Z",
            "defaults": {"a": 1, "b": 2},
            "given": {"b": 3},
            "text": '{"c": [1]}',
            "n": 7,
        }
    )

    assert output["split"] == ["2026", "11", "21T06", "30", "00", "000Z"]
    assert output["merged"] == {"a": 1, "b": 3}
    assert output["parsed"] == {"c": [1]}
    assert output["text"] == '{"b":3}'
    assert output["format"] == "7/x"
    assert output["hash"] == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert output["array"] == ["--a", 7, '{"b":3}']
    for time_ in (output["started"], output["entered"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time_)


def test_cancelled_transactions_lose_nobody_elses_writes(client, table):
    api = client("dynamodb")
    key = {"pk": {"S": "job#a"}, "sk": {"S": "lock"}}
    api.put_item(TableName=table, Item=key)
    put = {"TableName": table, "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}

    def cancel():
        for _ in range(20):
            with pytest.raises(api.exceptions.TransactionCanceledException):
                api.transact_write_items(TransactItems=[{"Put": put}])

    def write(writer):
        for number in range(20):
            item = {"pk": {"S": f"w{writer}"}, "sk": {"S": str(number)}}
            api.put_item(TableName=table, Item=item)

    threads = [threading.Thread(target=cancel) for _ in range(3)]
    threads += [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert api.scan(TableName=table, Select="COUNT")["Count"] == 61


def test_a_transaction_says_which_condition_failed(client, table):
    api = client("dynamodb")
    taken = {"pk": {"S": "a"}, "sk": {"S": "taken"}}
    api.put_item(TableName=table, Item=taken)
    free = {"Put": {"TableName": table, "Item": {"pk": {"S": "a"}, "sk": {"S": "free"}}}}
    refused = {
        "Put": {
            "TableName": table,
            "Item": taken,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }

    with pytest.raises(api.exceptions.TransactionCanceledException) as refusal:
        api.transact_write_items(TransactItems=[free, refused])

    reasons = refusal.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == taken
    assert api.scan(TableName=table, Select="COUNT")["Count"] == 1


def test_of_two_commits_on_one_version_of_a_table_one_is_refused(client):
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "versions"})
    glue.create_table(DatabaseName="versions", TableInput={"Name": "t"})
    version = glue.get_table(DatabaseName="versions", Name="t")["Table"]["VersionId"]
    commit = {
        "DatabaseName": "versions",
        "TableInput": {"Name": "t", "Parameters": {"metadata_location": "s3://x/1"}},
        "VersionId": version,
        "SkipArchive": True,
    }
    glue.update_table(**commit)

    with pytest.raises(glue.exceptions.ConcurrentModificationException):
        glue.update_table(**commit)

    versions = glue.get_table_versions(DatabaseName="versions", TableName="t")["TableVersions"]
    assert len(versions) == 1


def test_a_bucket_policy_with_conditions_does_not_shut_its_owner_out(client):
    s3 = client("s3")
    place = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="policied", CreateBucketConfiguration=place)
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::policied", "arn:aws:s3:::policied/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(
        Bucket="policied",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )

    s3.put_object(Bucket="policied", Key="a", Body=b"x")

    assert s3.get_object(Bucket="policied", Key="a")["Body"].read() == b"x"
