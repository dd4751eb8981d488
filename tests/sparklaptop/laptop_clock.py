"""A laptop cloud whose clock is driven, with targets that remember what they were told."""

import json
import time

from laptop_assemblies import ACCOUNT, REGION

from sparklaptop import control

ROLE = f"arn:aws:iam::{ACCOUNT}:role/caller"


class Driven:
    """A laptop cloud with a queue, a machine and a role that may tell both."""

    def __init__(self, laptop, client):
        self.laptop = laptop
        self.client = client
        services = ["scheduler", "events", "states"]
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": [f"{one}.amazonaws.com" for one in services]},
            "Action": "sts:AssumeRole",
        }
        allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam = client("iam")
        document = {"Version": "2012-10-17", "Statement": [trust]}
        iam.create_role(RoleName="caller", AssumeRolePolicyDocument=json.dumps(document))
        document = {"Version": "2012-10-17", "Statement": [allow]}
        iam.put_role_policy(
            RoleName="caller", PolicyName="all", PolicyDocument=json.dumps(document)
        )

    @property
    def endpoint(self):
        return self.laptop.status().endpoint

    def clock(self, **asked):
        return control.post(self.endpoint, "/_sparkrail/clock", asked, timeout_seconds=30)

    def schedules(self):
        found = control.get(self.endpoint, "/_sparkrail/schedules", timeout_seconds=5)
        return {one["arn"].rsplit("/", 1)[1]: one for one in found["schedules"]}

    def queue(self, name, *, policy=None):
        """A queue; by default every service may put something into it."""
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        text = json.dumps(policy or open_to_services("sqs:SendMessage", arn))
        self.client("sqs").create_queue(QueueName=name, Attributes={"Policy": text})
        return arn

    def topic(self, name):
        """A topic to which every service may publish."""
        sns = self.client("sns")
        arn = sns.create_topic(Name=name)["TopicArn"]
        text = json.dumps(open_to_services("sns:Publish", arn))
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)
        return arn

    def machine(self, name, states=None):
        definition = {
            "StartAt": "Only",
            "States": states or {"Only": {"Type": "Pass", "End": True}},
        }
        return self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]

    def schedule(self, name, expression, arn, zone="UTC", **more):
        settings = {"Target": {"Arn": arn, "RoleArn": ROLE, **more.pop("target", {})}, **more}
        self.client("scheduler").create_schedule(
            Name=name,
            ScheduleExpression=expression,
            ScheduleExpressionTimezone=zone,
            FlexibleTimeWindow={"Mode": "OFF"},
            **settings,
        )

    def rule(self, name, pattern, target, bus="default", **more):
        events = self.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), EventBusName=bus)
        targets = [{"Id": "only", "Arn": target, **more}]
        events.put_targets(Rule=name, EventBusName=bus, Targets=targets)
        return (
            f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{'' if bus == 'default' else bus + '/'}{name}"
        )

    def put(self, detail, source="test", kind="Thing", **more):
        entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), **more}
        (answer,) = self.client("events").put_events(Entries=[entry])["Entries"]
        return answer.get("EventId") or answer

    def messages(self, queue, count, seconds=10):
        """The first messages of a queue, taken out of it; more than `count` if there are more."""
        sqs = self.client("sqs")
        url = f"{self.endpoint}/{ACCOUNT}/{queue.rsplit(':', 1)[1]}"
        found, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            for message in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(message)
            if len(found) >= count and not answer.get("Messages"):
                break
            time.sleep(0.05)
        return found

    def bodies(self, queue, count, seconds=10):
        return [json.loads(message["Body"]) for message in self.messages(queue, count, seconds)]

    def executions(self, machine, count, seconds=10):
        """Inputs of a machine's executions, the oldest first."""
        states = self.client("stepfunctions")
        deadline = time.monotonic() + seconds
        while True:
            pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
            found = [one for page in pages for one in page["executions"]]
            if len(found) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        found.sort(key=lambda one: one["startDate"])
        return [
            json.loads(states.describe_execution(executionArn=one["executionArn"])["input"])
            for one in found
        ]


def open_to_services(action, arn):
    """A policy that lets every rule and schedule in."""
    services = {"Service": ["events.amazonaws.com", "scheduler.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": services, "Action": action, "Resource": arn}
    return {"Version": "2012-10-17", "Statement": [statement]}


def attributes(message):
    """What a dead letter says in its attributes."""
    return {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
