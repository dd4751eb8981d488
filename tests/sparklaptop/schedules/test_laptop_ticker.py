"""What the ticker does when the computer slept, and what it does not do when nothing is due."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sparklaptop.clock import Clock
from sparklaptop.schedules import ticker as module
from sparklaptop.schedules.entries import Entry
from sparklaptop.schedules.plan import Plan
from sparklaptop.schedules.ticker import Ticker
from sparklaptop.state.rows import Rows

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Outbox:
    def __init__(self):
        self.fired = []

    def accept(self, moments):
        self.fired += list(moments)


class World:
    """A ticker with entries that deliver nothing but their moments."""

    def __init__(self, rows=None):
        self.rows = rows or Rows(Path(":memory:"))
        self.clock = Clock(self.rows)
        self.entries = []
        self.outbox = Outbox()
        self.ticker = Ticker(self.clock, self.rows, self.outbox, self.entries, lambda _arn: None)

    def add(self, expression, oldest_seconds=3600):
        self.entries.append(
            Entry(
                arn=f"arn/{expression}",
                enabled=True,
                timing=expression,
                identity="",
                plan=lambda anchor: Plan(expression=expression, anchor=anchor),
                oldest_seconds=oldest_seconds,
                fire=lambda moment, late: [(moment, late)],
            )
        )
        self.ticker.look()

    def fired(self):
        return [f"{moment:%H:%M}" for moment, _ in self.outbox.fired]


@pytest.fixture
def world():
    made = World()
    made.clock.set(NOON)
    return made


def sleep(monkeypatch, hours):
    """The computer's time goes on by hours, in which nothing ran."""
    now = datetime.now(UTC) + timedelta(hours=hours)
    monkeypatch.setattr(module.time, "time", now.timestamp)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return now

    monkeypatch.setattr("sparklaptop.clock.datetime", Later)


def test_after_a_sleep_only_the_latest_moment_is_delivered(world, monkeypatch):
    world.add("cron(30 * * * ? *)")
    sleep(monkeypatch, 5)

    world.ticker.look()

    assert world.fired() == ["16:30"]
    assert 1790 < world.outbox.fired[0][1] < 1810
    (shown,) = world.ticker.control({})[1]["schedules"]
    assert shown["last"][11:16] == "16:30"
    assert shown["next"][11:16] == "17:30"


def test_a_moment_that_is_too_old_is_not_delivered(world, monkeypatch):
    world.add("cron(0 13 * * ? *)")
    sleep(monkeypatch, 5)

    world.ticker.look()

    assert world.fired() == []


def test_time_that_passes_fires_everything(world):
    world.add("cron(30 * * * ? *)")

    world.clock.advance(3 * 3600)

    assert world.fired() == ["12:30", "13:30", "14:30"]


def test_a_mark_that_was_kept_fires_nothing_twice(world):
    world.add("cron(30 * * * ? *)")
    world.clock.advance(3600)

    again = World(world.rows)
    again.add("cron(30 * * * ? *)")
    again.clock.advance(3600)

    assert (world.fired(), again.fired()) == (["12:30"], ["13:30"])


def test_a_clock_turned_back_begins_anew_there(world):
    world.add("cron(30 * * * ? *)")
    world.clock.advance(3600)
    world.clock.set(NOON - timedelta(days=200))

    world.clock.advance(3600)

    assert world.fired() == ["12:30", "12:30"]


def test_a_change_of_timing_counts_anew(world):
    world.add("rate(1 hour)")
    (entry,) = world.entries
    world.clock.advance(1800)
    world.entries[:] = []
    world.add("rate(2 hours)")

    world.clock.advance(2 * 3600 + 60)

    assert entry.arn != world.entries[0].arn
    assert world.fired() == ["12:00", "12:30", "14:30"]


def test_an_idle_ticker_rests(world):
    world.add("cron(30 * * * ? *)")
    world.ticker.start()
    # What is gone must not be waited for.
    world.entries[:] = []
    world.clock.advance(3600)
    begin = time.process_time()

    time.sleep(0.5)

    assert time.process_time() - begin < 0.1
    world.ticker.close()
