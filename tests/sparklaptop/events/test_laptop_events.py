"""Events reach the targets of the rules that match: as AWS words them, and none is lost."""

import json
import time

import pytest
from botocore.exceptions import ClientError
from laptop_assemblies import ACCOUNT, REGION, ref, template
from laptop_clock import ROLE, attributes
from test_laptop_runs import Application


def test_an_own_event_starts_a_machine_once_with_what_the_rule_makes_of_it(driven):
    machine = driven.machine("started")
    driven.client("events").create_event_bus(Name="own")
    driven.rule(
        "start",
        {"source": ["shop"], "detail": {"by": [{"anything-but": "backfill"}]}},
        machine,
        bus="own",
        RoleArn=ROLE,
        InputTransformer={
            "InputPathsMap": {"interval": "$.detail.interval"},
            "InputTemplate": '{"key": "<interval>", "by": "tables"}',
        },
    )

    driven.put({"interval": "K", "by": "schedule"}, source="shop", EventBusName="own")
    driven.put({"interval": "L", "by": "backfill"}, source="shop", EventBusName="own")
    driven.put({"interval": "M", "by": "schedule"}, source="shop")

    assert driven.executions(machine, 1) == [{"key": "K", "by": "tables"}]


def test_an_event_goes_on_from_bus_to_bus_to_topic_and_log_group(driven):
    client = driven.client
    far = client("events").create_event_bus(Name="far")["EventBusArn"]
    topic = driven.topic("told")
    queue = driven.queue("told")
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    client("logs").create_log_group(logGroupName="/events/far")
    driven.rule("forward", {"source": ["shop"]}, far, RoleArn=ROLE)
    driven.rule("publish", {"source": ["shop"]}, topic, bus="far", InputPath="$.detail")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/events/far"
    driven.rule("write", {"source": ["shop"]}, group, bus="far")

    identity = driven.put({"n": 1}, source="shop")

    (told,) = driven.bodies(queue, 1)
    assert json.loads(told["Message"]) == {"n": 1}
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        lines = client("logs").filter_log_events(logGroupName="/events/far")["events"]
        if lines:
            break
        time.sleep(0.05)
    assert json.loads(lines[0]["message"])["id"] == identity
    client("events").remove_targets(Rule="forward", Ids=["only"])


def test_a_disabled_rule_matches_nothing(driven):
    queue = driven.queue("disabled")
    driven.rule("disabled", {"source": ["off"]}, queue)
    driven.client("events").disable_rule(Name="disabled")
    driven.put({"n": 1}, source="off")
    driven.client("events").enable_rule(Name="disabled")

    driven.put({"n": 2}, source="off")

    assert [one["detail"] for one in driven.bodies(queue, 1)] == [{"n": 2}]


def test_executions_tell_of_their_start_and_their_end(driven):
    queue = driven.queue("executions")
    machine = driven.machine("watched")
    failing = driven.machine("failing", {"Only": {"Type": "Fail", "Error": "E", "Cause": "C"}})
    for one in (machine, failing):
        name = one.rsplit(":", 1)[1]
        driven.rule(name, {"source": ["aws.states"], "detail": {"stateMachineArn": [one]}}, queue)
    states = driven.client("stepfunctions")

    good = states.start_execution(stateMachineArn=machine, name="a", input='{"k": 1}')
    states.start_execution(stateMachineArn=failing, name="b")

    found = {(e["detail"]["name"], e["detail"]["status"]): e for e in driven.bodies(queue, 4)}
    assert set(found) == {("a", "RUNNING"), ("a", "SUCCEEDED"), ("b", "RUNNING"), ("b", "FAILED")}
    event = found["a", "SUCCEEDED"]
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["resources"] == [good["executionArn"]] == [event["detail"]["executionArn"]]
    assert json.loads(event["detail"]["input"]) == json.loads(event["detail"]["output"]) == {"k": 1}
    assert event["detail"]["startDate"] <= event["detail"]["stopDate"]
    assert found["a", "RUNNING"]["detail"]["stopDate"] is None
    assert (found["b", "FAILED"]["detail"]["error"], found["b", "FAILED"]["detail"]["cause"]) == (
        "E",
        "C",
    )


def test_job_runs_and_applications_tell_of_every_state(driven):
    queue = driven.queue("job-runs")
    driven.rule("job-runs", {"source": ["aws.emr-serverless"]}, queue)
    application = Application(driven.client)

    run = application.start("ok", "name")

    found = driven.bodies(queue, 7, seconds=20)
    states = [
        (one["detail"].get("previousState"), one["detail"]["state"])
        for one in found
        if one["detail"].get("jobRunId") == run
    ]
    steps = ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS"]
    assert sorted(states, key=lambda pair: steps.index(pair[1])) == list(
        zip([None, *steps[:-1]], steps, strict=True)
    )
    assert {one["detail"]["state"] for one in found if "jobRunId" not in one["detail"]} == {
        "CREATED",
        "STARTED",
    }


def test_a_bucket_of_a_template_tells_of_its_objects(driven, deploy):
    queue = driven.queue("objects")
    driven.rule("objects", {"source": ["aws.s3"], "detail": {"object": {"key": ["a b"]}}}, queue)
    bucket = {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    }
    deploy({"objects": template({"Bucket": bucket}, Name=ref("Bucket"))})
    stacks = driven.client("cloudformation").describe_stacks(StackName="objects")["Stacks"]
    name = stacks[0]["Outputs"][0]["OutputValue"]
    s3 = driven.client("s3")

    put = s3.put_object(Bucket=name, Key="a b", Body=b"12345")
    s3.put_object(Bucket=name, Key="other", Body=b"1")
    marker = s3.delete_object(Bucket=name, Key="a b")

    made, gone = sorted(driven.bodies(queue, 2), key=lambda one: one["detail-type"])
    assert (made["detail-type"], gone["detail-type"]) == ("Object Created", "Object Deleted")
    assert made["id"] != gone["id"]
    assert made["detail"]["bucket"] == {"name": name}
    thing = made["detail"]["object"]
    assert thing["etag"] == put["ETag"].strip('"')
    assert (thing["size"], thing["version-id"]) == (5, put["VersionId"])
    assert made["detail"]["reason"] == "PutObject"
    assert gone["detail"]["deletion-type"] == "Delete Marker Created"
    assert gone["detail"]["object"]["version-id"] == marker["VersionId"]
    assert thing["sequencer"] < gone["detail"]["object"]["sequencer"]


def test_a_stack_tells_when_it_is_there(driven, deploy):
    queue = driven.queue("stacks")
    driven.rule("stacks", {"source": ["aws.cloudformation"]}, queue)

    deploy({"told": template({"Topic": {"Type": "AWS::SNS::Topic"}})})

    found = driven.bodies(queue, 1)
    assert [one["detail"]["status-details"]["status"] for one in found][-1] == "CREATE_COMPLETE"
    assert found[-1]["resources"] == [found[-1]["detail"]["stack-id"]]


@pytest.mark.failure_mode(2)
def test_a_permanent_error_is_a_dead_letter_at_once(driven, observe):
    dead = driven.queue("letters")
    missing = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:nobody"
    letters = {"DeadLetterConfig": {"Arn": dead}}
    rule = driven.rule("lost", {"source": ["lost"]}, missing, RoleArn=ROLE, **letters)

    driven.put({"n": 1}, source="lost")

    (letter,) = driven.messages(dead, 1)
    said = attributes(letter)
    assert json.loads(letter["Body"])["detail"] == {"n": 1}
    assert (said["RULE_ARN"], said["TARGET_ARN"]) == (rule, missing)
    assert (said["ERROR_CODE"], said["RETRY_ATTEMPTS"]) == ("NO_RESOURCE", "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in said
    observe(
        happened=f"1 event, {said['RETRY_ATTEMPTS']} retries of a permanent error, 1 dead letter",
        user_sees=f"{said['ERROR_CODE']}: {said['ERROR_MESSAGE']}",
    )


def test_without_a_queue_for_dead_letters_the_log_says_what_was_lost(driven):
    missing = f"arn:aws:sqs:{REGION}:{ACCOUNT}:nowhere"
    rule = driven.rule("nowhere", {"source": ["nowhere"]}, missing)

    driven.put({}, source="nowhere")

    deadline = time.monotonic() + 5
    while rule not in driven.laptop.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "has no dead-letter queue): NO_RESOURCE" in driven.laptop.log.read_text()


def test_a_rule_that_feeds_itself_comes_to_an_end(driven):
    dead = driven.queue("endless")
    bus = driven.client("events").create_event_bus(Name="round")["EventBusArn"]
    letters = {"DeadLetterConfig": {"Arn": dead}}
    driven.rule("round", {"source": ["round"]}, bus, bus="round", RoleArn=ROLE, **letters)

    driven.put({}, source="round", EventBusName="round")

    (letter,) = driven.messages(dead, 1)
    assert attributes(letter)["ERROR_CODE"] == "LAPTOP_LOOP"


@pytest.mark.parametrize(
    ("target", "more", "words"),
    [
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", {}, "delivers to state machines"),
        (f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m", {}, "RoleArn is required"),
        (f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", {"InputPath": "$.a[*]"}, "is no path such as"),
    ],
)
def test_a_target_that_would_never_be_told_is_refused(driven, target, more, words):
    with pytest.raises(ClientError, match=words):
        driven.rule("refused", {"source": ["x"]}, target, **more)


def test_a_pattern_with_an_unknown_operator_is_refused(driven):
    with pytest.raises(ClientError, match="unrecognized match type prefx"):
        driven.rule("odd", {"source": [{"prefx": "a"}]}, driven.queue("odd"))


def test_entries_that_aws_refuses_are_refused_one_by_one(driven):
    assert driven.put({}, source="aws.s3")["ErrorCode"] == "NotAuthorizedForSourceException"
    events = driven.client("events")
    entries = [
        {"Source": "a", "DetailType": "b", "Detail": "{"},
        {"Source": "a", "DetailType": "b", "Detail": "{}"},
    ]
    answer = events.put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "MalformedDetail"
