"""What starts a job: schedules and rules as they are deployed."""

import json

import pytest
from pipelines import environment

QUEUE = "arn:aws:sqs:eu-west-1:111111111111:acme-dev-dead-letters"
LATE = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}
READS = {"beds": {"table": "shop.beds"}, "drop": {"path": "raw/drop/"}}


@pytest.fixture
def deployed(make_job, make_project, synth):
    """The resources of one job by their names without the job's."""

    def deploy(**settings):
        on = settings.pop("environment", environment())
        job = make_job("orders", inputs=READS, **settings)
        stacks = synth(make_project(job, environments=[on], tables=["shop.beds"]))
        resources = stacks["acme-dev-jobs-sales-0"].template["Resources"]
        return {
            name.removesuffix("OfOrders"): found["Properties"]
            for name, found in resources.items()
            if name.endswith("OfOrders")
        }

    return deploy


def trusted(resources):
    (statement,) = resources["TriggerRole"]["AssumeRolePolicyDocument"]["Statement"]
    return statement["Principal"]["Service"], statement["Condition"]["ArnLike"]["aws:SourceArn"]


def started(resources):
    (statement,) = resources["TriggerPolicy"]["PolicyDocument"]["Statement"]
    return statement["Action"], statement["Resource"]


def test_a_job_without_trigger_has_nothing_that_starts_it(deployed):
    names = set(deployed())

    assert names == {"Policy", "Role", "MachinePolicy", "MachineRole", "Machine", "FailedAlarm"}


def test_a_schedule_says_when_and_by_what_a_run_was_started(deployed):
    resources = deployed(trigger={"rate": "15 minutes"})
    target = resources["Schedule"]["Target"]

    assert json.loads(target["Input"]) == {
        "scheduled_time": "<aws.scheduler.scheduled-time>",
        "by": "schedule",
    }
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600}
    assert target["DeadLetterConfig"] == {"Arn": QUEUE}
    assert trusted(resources)[0] == "scheduler.amazonaws.com"
    assert "Rule" not in resources


def test_written_tables_start_a_job_with_their_interval_unless_by_a_backfill(deployed):
    resources = deployed(trigger={"tables": ["shop.beds"]})
    rule = resources["Rule"]
    (target,) = rule["Targets"]

    assert rule["EventBusName"] == "acme-dev-events"
    assert rule["EventPattern"] == {
        "source": ["acme-dev"],
        "detail-type": ["Table Written"],
        "detail": {"table": ["shop.beds"], "by": [{"anything-but": "backfill"}]},
    }
    assert target["InputTransformer"] == {
        "InputPathsMap": {"interval": "$.detail.interval"},
        "InputTemplate": '{"key":"<interval>","by":"tables"}',
    }
    assert target["Arn"] == {"Ref": "MachineOfOrders"}
    assert (target["RetryPolicy"], target["DeadLetterConfig"]) == (LATE, {"Arn": QUEUE})


def test_an_event_pattern_starts_a_job_with_the_time_and_id_of_the_event(deployed):
    pattern = {"source": ["aws.glue"], "detail": {"state": ["SUCCEEDED"]}}
    resources = deployed(trigger={"event": pattern})
    rule = resources["Rule"]

    assert rule["EventPattern"] == pattern
    assert "EventBusName" not in rule
    assert json.loads(rule["Targets"][0]["InputTransformer"]["InputTemplate"]) == {
        "scheduled_time": "<time>",
        "event_id": "<id>",
        "by": "event",
    }
    assert rule["Targets"][0]["InputTransformer"]["InputPathsMap"] == {
        "time": "$.time",
        "id": "$.id",
    }


def test_a_pattern_for_the_platform_itself_listens_on_its_own_bus(deployed):
    resources = deployed(trigger={"event": {"source": ["acme-dev"]}})

    assert resources["Rule"]["EventBusName"] == "acme-dev-events"
    arn = "arn:aws:events:eu-west-1:111111111111:rule/acme-dev-events/acme-dev-orders"
    assert trusted(resources) == ("events.amazonaws.com", arn)


def test_objects_of_an_input_go_to_the_machine_of_files_as_they_are(deployed):
    resources = deployed(trigger={"files": "drop"})
    rule, machine = resources["Rule"], resources["FilesMachine"]

    assert rule["EventPattern"]["detail"]["object"] == {"key": [{"prefix": "drop/"}]}
    (bucket,) = rule["EventPattern"]["detail"]["bucket"]["name"]
    assert bucket["Fn::GetStackOutput"]["OutputName"] == "RawBucketName"
    assert set(rule["Targets"][0]) == {"Id", "Arn", "RoleArn", "RetryPolicy", "DeadLetterConfig"}
    assert rule["Targets"][0]["Arn"] == {"Ref": "FilesMachineOfOrders"}
    assert machine["StateMachineName"] == "acme-dev-orders-files"
    assert trusted(resources) == (
        "events.amazonaws.com",
        "arn:aws:events:eu-west-1:111111111111:rule/acme-dev-orders",
    )


@pytest.mark.parametrize(
    ("trigger", "machine"),
    [
        ({"rate": "15 minutes"}, "acme-dev-orders"),
        ({"tables": ["shop.beds"]}, "acme-dev-orders"),
        ({"files": "drop"}, "acme-dev-orders-files"),
    ],
)
def test_a_trigger_may_start_one_machine_and_nothing_else(deployed, trigger, machine):
    actions, resources = started(deployed(trigger=trigger))

    assert actions == ["states:StartExecution"]
    assert resources == [f"arn:aws:states:eu-west-1:111111111111:stateMachine:{machine}"]


@pytest.mark.parametrize(
    "trigger", [{"rate": "1 day"}, {"tables": ["shop.beds"]}, {"files": "drop"}]
)
def test_triggers_of_a_paused_environment_are_switched_off(deployed, trigger):
    resources = deployed(trigger=trigger, environment=environment(triggers="paused"))

    assert (resources.get("Schedule") or resources["Rule"])["State"] == "DISABLED"


def test_a_job_of_files_may_read_the_lists_of_its_own_batches(deployed):
    statements = deployed(trigger={"files": "drop"})["Policy"]["PolicyDocument"]["Statement"]
    (read,) = [each for each in statements if each["Sid"] == "ReadBatches"]

    assert read["Action"] == ["s3:GetObject"]
    assert json.dumps(read["Resource"]).endswith('/batches/orders/*"]]}]')


def test_the_alarm_of_a_job_of_files_hears_of_files_that_were_not_settled(deployed):
    first = deployed(trigger={"files": "drop"})["FailedAlarm"]["Metrics"][0]

    assert first["Expression"] == "FILL(failed, 0) + FILL(timedout, 0) + FILL(filesfailed, 0)"


def test_rules_of_the_environment_may_leave_word_of_what_they_could_not_deliver(
    make_project, synth
):
    base = synth(make_project())["acme-dev-base"].template["Resources"]
    (policy,) = [each for each in base.values() if each["Type"] == "AWS::SQS::QueuePolicy"]
    allow, _ = policy["Properties"]["PolicyDocument"]["Statement"]

    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert allow["Action"] == "sqs:SendMessage"
    assert allow["Condition"]["ArnLike"]["aws:SourceArn"] == [
        "arn:aws:events:eu-west-1:111111111111:rule/acme-dev-*",
        "arn:aws:events:eu-west-1:111111111111:rule/acme-dev-events/acme-dev-*",
    ]
