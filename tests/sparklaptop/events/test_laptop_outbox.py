"""Deliveries are kept until they are over, tried again while that helps, and then told of."""

import threading
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from sparklaptop.events.deliveries import Delivery
from sparklaptop.events.outbox import Outbox
from sparklaptop.state.rows import Rows

QUEUE = "arn:aws:sqs:eu-central-1:111122223333:q"


def refused(code, status):
    answer = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "SendMessage")


class Sender:
    """Fails with what it is given, one by one, and then succeeds."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.sent, self.letters = [], []
        self.change = threading.Event()

    def send(self, delivery):
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(delivery)
        self.change.set()

    def bury(self, delivery, queue, attributes):
        self.letters.append((queue, delivery.dead_body, attributes))
        self.change.set()


@pytest.fixture
def rows():
    return Rows(Path(":memory:"))


def delivery(**more):
    settings = {"id": "a", "target": QUEUE, "body": "{}", "until": time.time() + 60, **more}
    by = {"service": "events.amazonaws.com", "source": "arn:aws:events:eu-central-1:1:rule/r"}
    return Delivery(**by, dead_letters=QUEUE, dead_body="event", **settings)


def delivered(rows, sender, one, scale=0.001):
    outbox = Outbox("event", rows, sender, workers=1, scale=scale)
    outbox.accept([one])
    outbox.start()
    assert sender.change.wait(5)
    deadline = time.monotonic() + 5
    while rows.count("event") and time.monotonic() < deadline:
        time.sleep(0.005)
    outbox.close()
    assert rows.count("event") == 0
    return sender


@pytest.mark.parametrize(
    "error",
    [
        refused("ThrottlingException", 400),
        refused("Unknown", 429),
        refused("InternalFailure", 500),
        EndpointConnectionError(endpoint_url="http://x"),
    ],
)
def test_what_may_succeed_later_is_tried_again(rows, error):
    sender = delivered(rows, Sender(error, error), delivery())

    assert [one.tries for one in sender.sent] == [2]
    assert sender.letters == []


def test_what_never_can_is_a_dead_letter_at_once(rows):
    sender = delivered(rows, Sender(refused("AccessDeniedException", 400)), delivery())

    ((queue, body, said),) = sender.letters
    assert (queue, body) == (QUEUE, "event")
    assert (said["ERROR_CODE"], said["RETRY_ATTEMPTS"]) == ("NO_PERMISSIONS", "0")


def test_retries_end_at_their_number(rows):
    sender = delivered(rows, Sender(*[refused("Oops", 500)] * 9), delivery(attempts=3))

    ((_, _, said),) = sender.letters
    assert (said["RETRY_ATTEMPTS"], said["ERROR_CODE"]) == ("3", "INTERNAL_ERROR")
    assert said["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_retries_end_at_the_age_of_the_event(rows):
    one = delivery(until=time.time() - 1)

    sender = delivered(rows, Sender(refused("Oops", 500)), one)

    assert sender.letters[0][2]["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


def test_what_a_killed_server_left_is_delivered_by_the_next(rows):
    Outbox("event", rows, Sender(), workers=1, scale=1).accept([delivery(), delivery(id="b")])
    sender = Sender()

    outbox = Outbox("event", rows, sender, workers=1, scale=1)
    outbox.start()

    deadline = time.monotonic() + 5
    while len(sender.sent) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    outbox.close()
    assert {one.id for one in sender.sent} == {"a", "b"}


def test_a_server_that_ends_leaves_its_deliveries(rows):
    class Gone(Sender):
        def send(self, delivery):
            outbox.close()
            self.change.set()
            raise EndpointConnectionError(endpoint_url="http://x")

    sender = Gone()
    outbox = Outbox("event", rows, sender, workers=1, scale=0.001)
    outbox.accept([delivery()])
    outbox.start()
    assert sender.change.wait(5)
    time.sleep(0.05)

    assert [row["tries"] for _, row in rows.all("event")] == [0]
