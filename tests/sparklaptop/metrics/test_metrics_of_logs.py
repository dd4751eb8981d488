"""A driver's line becomes a datapoint, an alarm on it is raised and told."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from laptop_assemblies import ref, template

_NAMESPACE = "p/dev/streams"
_WAIT_SECONDS = 15


@pytest.fixture
def deployed(deploy):
    alarm = {
        "AlarmName": "sales-behind",
        "Namespace": _NAMESPACE,
        "MetricName": "behind_seconds",
        "Dimensions": [{"Name": "job", "Value": "sales"}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": "100",
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
        "AlarmActions": [ref("Topic")],
    }
    aws = {**alarm, "AlarmName": "of-aws", "Namespace": "AWS/SQS"}
    transformation = {
        "MetricNamespace": _NAMESPACE,
        "MetricName": "behind_seconds",
        "MetricValue": "$.behind_seconds",
        "Unit": "Seconds",
        "Dimensions": [{"Key": "job", "Value": "$.job"}],
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": ref("Topic"),
    }
    made = {
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/drivers"}},
        "Filter": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": ref("Group"),
                "FilterPattern": '{ $.sparkrail = "stream" && $.behind_seconds = * }',
                "MetricTransformations": [transformation],
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alarms"}},
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [ref("Topic")],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            },
        },
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        "OfAws": {"Type": "AWS::CloudWatch::Alarm", "Properties": aws},
    }
    deploy({"metrics": template(made, Topic=ref("Topic"))})


def raised(client):
    pages = client("cloudwatch").describe_alarms(StateValue="ALARM", AlarmNamePrefix="sales")
    return [one["AlarmName"] for one in pages["MetricAlarms"]]


def test_a_line_becomes_a_datapoint_and_raises_an_alarm(client, deployed):
    logs, cloudwatch = client("logs"), client("cloudwatch")
    names = [one["AlarmName"] for one in cloudwatch.describe_alarms()["MetricAlarms"]]
    assert names == ["sales-behind"]
    queue = client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topic = client("sns").list_topics()["Topics"][0]["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    logs.create_log_stream(logGroupName="/drivers", logStreamName="one")
    assert raised(client) == []

    def say(message):
        event = {"timestamp": int(time.time() * 1000), "message": message}
        logs.put_log_events(logGroupName="/drivers", logStreamName="one", logEvents=[event])

    say("a line that is no JSON")
    say(json.dumps({"sparkrail": "stream", "job": "sales", "behind_seconds": 900}))

    deadline = time.monotonic() + _WAIT_SECONDS
    while not raised(client) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert raised(client) == ["sales-behind"]
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace=_NAMESPACE,
        MetricName="behind_seconds",
        Dimensions=[{"Name": "job", "Value": "sales"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert [one["Maximum"] for one in found] == [900]
    (told,) = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    said = json.loads(json.loads(told["Body"])["Message"])
    assert (said["AlarmName"], said["NewStateValue"]) == ("sales-behind", "ALARM")
