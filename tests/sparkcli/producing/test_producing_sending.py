"""Sending: at a rate, every answer noted, ended cleanly."""

import itertools
import json
from dataclasses import dataclass, field

import pytest

from sparkcli.producing.journal import Journal, read
from sparkcli.producing.messages import Kind, Message
from sparkcli.producing.sending import Sending


@dataclass(frozen=True)
class Metadata:
    partition: int
    offset: int


class Answer:
    """What kafka-python gives for a record that is on its way."""

    def __init__(self):
        self.done, self.failed = [], []

    def add_callback(self, function, *arguments):
        self.done.append((function, arguments))

    def add_errback(self, function, *arguments):
        self.failed.append((function, arguments))


@dataclass
class Brokers:
    """A client whose records are answered when it is flushed.

    Args:
        refuse: The number of the record that gets an error.
        interrupt: The number of the record at which somebody types Ctrl-C.
    """

    refuse: int | None = None
    interrupt: int | None = None
    sent: list = field(default_factory=list)

    def send(self, topic, value=None, key=None):
        if len(self.sent) == self.interrupt:
            raise KeyboardInterrupt
        self.sent.append((topic, key, value, Answer()))
        return self.sent[-1][-1]

    def flush(self, timeout=None):
        for number, (*_, answer) in enumerate(self.sent):
            if number == self.refuse:
                calls, said = answer.failed, OSError("the disk is full")
            else:
                calls, said = answer.done, Metadata(number % 2, number // 2)
            for function, arguments in calls:
                function(*arguments, said)


def numbered():
    kinds = itertools.cycle([Kind.GOOD, Kind.GOOD, Kind.BAD])
    return (Message(kind, f"r{n}", b"k", b"v") for n, kind in enumerate(kinds))


def sent(tmp_path, brokers, *, count=6, rate=0):
    path = tmp_path / "a.jsonl"
    with Journal(path, {"topic": "t"}) as journal:
        sending = Sending(brokers, "t", journal, lambda _: None)
        try:
            sending.run(numbered(), rate=rate, count=count)
        finally:
            lines = sending, path
    return lines


def test_every_acknowledged_record_is_in_the_journal_with_its_place(tmp_path):
    sending, path = sent(tmp_path, Brokers())

    found, unknown = read([path])

    assert [(one.identity, one.partition, one.offset) for one in found] == [
        ("r0", 0, 0), ("r1", 1, 0), ("r2", 0, 1), ("r3", 1, 1), ("r4", 0, 2), ("r5", 1, 2),
    ]  # fmt: skip
    assert sending.journal.acknowledged == {Kind.GOOD: 4, Kind.BAD: 2}
    assert (sending.open, unknown) == (0, frozenset())


def test_as_many_are_sent_as_were_asked_for_at_any_rate(tmp_path):
    brokers = Brokers()

    sent(tmp_path, brokers, count=45, rate=1000)

    assert len(brokers.sent) == 45


def test_ctrl_c_waits_for_the_answers_of_what_was_sent(tmp_path):
    brokers, path = Brokers(interrupt=4), tmp_path / "a.jsonl"
    with Journal(path, {}) as journal, pytest.raises(KeyboardInterrupt):
        Sending(brokers, "t", journal, lambda _: None).run(numbered(), rate=0, count=None)

    assert len(read([path])[0]) == 4


def test_a_record_that_was_refused_ends_it_and_is_noted_as_unknown(tmp_path):
    path = tmp_path / "a.jsonl"
    with Journal(path, {}) as journal, pytest.raises(OSError, match="disk"):
        Sending(Brokers(refuse=2), "t", journal, lambda _: None).run(numbered(), rate=0, count=6)

    found, unknown = read([path])
    assert (len(found), unknown) == (5, frozenset({"r2"}))


def test_a_line_that_was_cut_off_is_passed_over(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"about": {}}) + '\n["good","a",0,0]\n["good","b",0')

    found, _ = read([path])

    assert [one.identity for one in found] == ["a"]
