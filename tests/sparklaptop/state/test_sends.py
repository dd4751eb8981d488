"""A message costs its own row, however many are in the queue already."""

from pathlib import Path

import pytest
from laptop_assemblies import ACCOUNT, REGION
from moto.sns.models import sns_backends
from moto.sqs.models import Queue, SQSBackend, sqs_backends

from sparklaptop.patches import queue_counts
from sparklaptop.state.backends import Backends
from sparklaptop.state.rows import Rows


class Sealed(list):
    """Messages of which one may look at the last only."""

    def __iter__(self):
        raise AssertionError("every message was looked at")


@pytest.fixture
def sqs(monkeypatch):
    """moto's own SQS in this process, with our way to send."""
    for owner, name in ((SQSBackend, "send_message"), *((Queue, n) for n in queue_counts.COUNTS)):
        monkeypatch.setattr(owner, name, vars(owner)[name])
    queue_counts.apply()
    sqs_backends.reset()
    sns_backends.reset()
    yield sqs_backends[ACCOUNT][REGION]
    sqs_backends.reset()
    sns_backends.reset()


def bodies():
    return [one.body for one in sqs_backends[ACCOUNT][REGION].queues["q"]._messages]


@pytest.mark.parametrize("operation", ["SendMessage", "Publish"])
def test_a_message_is_one_row_and_the_others_are_not_looked_at(sqs, operation):
    rows = Rows(Path(":memory:"))
    kept = Backends(rows)
    queue = sqs.create_queue("q", {})
    topic = sns_backends[ACCOUNT][REGION].create_topic("t", {}, {})
    sns_backends[ACCOUNT][REGION].subscribe(topic.arn, queue.queue_arn, "sqs")
    sqs.send_message("q", "first")
    kept.save([sqs])
    before, queue._messages = rows.count(), Sealed(queue._messages)

    if operation == "SendMessage":
        sqs.send_message("q", "second")
    else:
        sns_backends[ACCOUNT][REGION].publish("second", arn=topic.arn)
    kept.save([sqs], operation)

    assert rows.count() == before + 1
    sqs_backends.reset()
    Backends(rows).restore()
    first, second = bodies()
    assert (first, "second" in second) == ("first", True)


def test_who_asks_hears_how_many_there_are(sqs):
    queue = sqs.create_queue("q", {})
    sqs.send_message("q", "now")
    sqs.send_message("q", "later", delay_seconds=60)

    assert queue.attributes["ApproximateNumberOfMessages"] == 1
    assert queue.attributes["ApproximateNumberOfMessagesDelayed"] == 1
