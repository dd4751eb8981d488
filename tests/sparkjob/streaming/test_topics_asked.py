"""A topic that is not there yet is waited for; then the stream says which one it misses."""

from contextlib import nullcontext

import pytest

from sparkjob.errors import InputRefused
from sparkjob.streaming import admin
from sparkjob.streaming.admin import Topics


class Session:
    _jvm = None


@pytest.fixture
def topics(monkeypatch):
    found = Topics(Session(), {"bootstrap.servers": "b-1:9098"})
    monkeypatch.setattr(found, "_admin", nullcontext)
    monkeypatch.setattr(admin.time, "sleep", lambda seconds: None)
    return found


def test_a_topic_may_come_later(topics, monkeypatch, capsys):
    answers = iter([None, None, [0, 1]])
    monkeypatch.setattr(topics, "_described", lambda admin, topic: next(answers))

    assert topics.partitions("sales") == [0, 1]
    assert capsys.readouterr().out == "waiting for the topic sales, which is not there yet\n"


def test_a_topic_that_does_not_come_is_named(topics, monkeypatch):
    monkeypatch.setattr(topics, "_described", lambda admin, topic: None)

    with pytest.raises(InputRefused, match="there is no topic sales at b-1:9098"):
        topics.partitions("sales", wait_seconds=0)
