"""Rules and schedules tell nobody who does not let them: the words say who refused."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from laptop_assemblies import ACCOUNT, REGION
from laptop_clock import ROLE, attributes, open_to_services
from laptop_roles import allow, make_role, trusting


@pytest.fixture
def letter_of(driven):
    """Puts an event that a rule cannot deliver; gives what its dead letter says."""

    def tell(name, target, **more):
        dead = driven.queue(f"{name}-dead")
        driven.rule(name, {"source": [name]}, target, DeadLetterConfig={"Arn": dead}, **more)
        driven.put({}, source=name)
        (letter,) = driven.messages(dead, 1)
        return attributes(letter)

    return tell


def log_line(driven, words):
    deadline = time.monotonic() + 5
    while words not in (text := driven.laptop.log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return next(line for line in text.splitlines() if words in line)


def test_a_rule_takes_no_role_that_does_not_trust_it(driven, letter_of):
    ours = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    of_another = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{ACCOUNT}:rule/another"}}
    trust = trusting("events.amazonaws.com", condition={**ours, **of_another})
    role = make_role(driven.endpoint, "of-another", allow("*", "*"), trust=trust)

    said = letter_of("untrusted", driven.machine("untrusted"), RoleArn=role)

    assert (said["ERROR_CODE"], said["RETRY_ATTEMPTS"]) == ("NO_PERMISSIONS", "0")
    assert f"events.amazonaws.com is not authorized to assume role {role}" in said["ERROR_MESSAGE"]


def test_a_queue_and_a_topic_without_a_word_for_events_take_nothing(driven, letter_of):
    closed = f"arn:aws:sqs:{REGION}:{ACCOUNT}:closed"
    driven.queue("closed", policy=open_to_services("sqs:ReceiveMessage", closed))
    topic = driven.client("sns").create_topic(Name="closed")["TopicArn"]

    of_queue = letter_of("closed-queue", closed)
    of_topic = letter_of("closed-topic", topic)

    assert f"events.amazonaws.com may not sqs:SendMessage on {closed}" in of_queue["ERROR_MESSAGE"]
    assert f"events.amazonaws.com may not sns:Publish on {topic}" in of_topic["ERROR_MESSAGE"]
    assert {of_queue["ERROR_CODE"], of_topic["ERROR_CODE"]} == {"NO_PERMISSIONS"}


def test_a_queue_for_dead_letters_must_let_events_in_too(driven):
    dead = f"arn:aws:sqs:{REGION}:{ACCOUNT}:shut"
    driven.queue("shut", policy=open_to_services("sqs:ReceiveMessage", dead))
    missing = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:nobody"
    letters = {"DeadLetterConfig": {"Arn": dead}}
    driven.rule("shut", {"source": ["shut"]}, missing, RoleArn=ROLE, **letters)

    driven.put({}, source="shut")

    line = log_line(driven, f"{dead} did not take it either")
    assert f"events.amazonaws.com may not sqs:SendMessage on {dead}" in line


def test_a_schedule_whose_role_lost_its_trust_tells_nobody(driven):
    """Its dead letter needs the same role, so the log alone says it."""
    services = ("scheduler.amazonaws.com", "states.amazonaws.com")
    role = make_role(driven.endpoint, "fickle", allow("*", "*"), trust=trusting(*services))
    target = {"RoleArn": role, "DeadLetterConfig": {"Arn": driven.queue("fickle-dead")}}
    soon = datetime.now(UTC) + timedelta(hours=1)
    machine = driven.machine("fickle")
    driven.schedule("fickle", f"at({soon:%Y-%m-%dT%H:%M:%S})", machine, target=target)
    document = json.dumps(trusting("states.amazonaws.com"))
    driven.client("iam").update_assume_role_policy(RoleName="fickle", PolicyDocument=document)

    driven.clock(now=(soon + timedelta(seconds=1)).isoformat())

    line = log_line(driven, "fickle-dead did not take it either")
    assert "must allow AWS EventBridge Scheduler to assume the role" in line
    assert driven.executions(machine, 1, seconds=0.2) == []
