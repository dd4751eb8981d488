"""A laptop cloud that was off or killed delivers the latest moment it missed, and nothing twice."""

import os
import re
import signal
import time
from datetime import timedelta

import pytest
from laptop_assemblies import ACCOUNT, REGION
from laptop_clock import Driven

from sparklaptop import Laptop, pids
from sparklaptop.ports import free_port
from sparklaptop.state.rows import Rows

INPUT = {"Input": '{"scheduled_time":"<aws.scheduler.scheduled-time>"}'}
HOUR = {"RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3}}


@pytest.fixture
def restarted(tmp_path, first_port, client_of):
    """A laptop cloud with a folder of its own, and a way to kill it and start it again."""
    laptop = Laptop(tmp_path, account=ACCOUNT, region=REGION)

    class Restarted:
        def __init__(self):
            laptop.start(port=free_port(first_port + 10))
            self.driven = Driven(laptop, lambda service: client_of(laptop, service))

        def kill(self):
            pid = laptop.status().pid
            os.kill(pid, signal.SIGKILL)
            assert pids.ends(pid, 10)

        def start(self):
            laptop.start(port=free_port(first_port + 10))

    yield Restarted()
    laptop.stop()


@pytest.mark.slow
@pytest.mark.failure_mode(32)
def test_after_a_sleep_the_latest_moment_is_delivered_and_all_are_counted(restarted, observe):
    driven = restarted.driven
    hourly, daily = driven.queue("hourly"), driven.queue("daily")
    driven.clock(now="2026-06-01T12:05:00Z")
    driven.schedule("hourly", "cron(0 * * * ? *)", hourly, target={**INPUT, **HOUR})
    driven.schedule("daily", "cron(0 6 * * ? *)", daily, target={**INPUT, **HOUR})
    restarted.kill()
    _sleep_of_the_computer(driven.laptop.state, hours=20)

    restarted.start()

    assert driven.bodies(hourly, 1) == [{"scheduled_time": "2026-06-02T08:00:00Z"}]
    # 06:00 was two hours ago: too old.
    assert driven.bodies(daily, 1, seconds=1) == []
    driven.clock(advance_seconds=3600)
    assert driven.bodies(hourly, 1) == [{"scheduled_time": "2026-06-02T09:00:00Z"}]
    log = driven.laptop.log.read_text()
    hours, days = re.findall(r"(\d+) of its times were missed", log)
    assert f"{hours} of its times were missed; the latest, 2026-06-02 08:00:00+00:00, is" in log
    assert f"{days} of its times were missed; none is delivered" in log
    assert (hours, days) == ("20", "1")
    observe(
        happened=f"20 hours off: of {hours} hourly moments the latest was delivered; of a daily "
        f"one, older than its event age, none of {days}",
        user_sees="`sparkrail resume` lists what was missed and asks: latest, all or none",
    )


def _sleep_of_the_computer(state, hours):
    """The clock of a laptop cloud that is off goes on: as after a sleep, without sleeping."""
    rows = Rows(state / "laptop.sqlite")
    rows.put("clock", "ahead", rows.get("clock", "ahead") + timedelta(hours=hours))
    rows.close()


@pytest.mark.slow
@pytest.mark.failure_mode(3)
def test_a_kill_around_a_moment_neither_loses_nor_doubles_it(restarted, observe):
    driven = restarted.driven
    machine = driven.machine("kept")
    driven.clock(now="2026-06-10T00:00:00Z")
    driven.schedule("kept", "cron(0 * * * ? *)", machine, target=INPUT)
    kills = 2

    for _ in range(kills):
        # Six moments are acknowledged by this call; the server is killed as it starts them.
        driven.clock(advance_seconds=6 * 3600)
        restarted.kill()
        restarted.start()

    expected = [f"2026-06-{10 + n // 24}T{n % 24:02}:00:00Z" for n in range(1, kills * 6 + 1)]
    found = [one["scheduled_time"] for one in driven.executions(machine, len(expected))]
    time.sleep(0.5)
    assert sorted(found) == expected
    assert len(driven.executions(machine, len(expected))) == len(expected)
    observe(
        happened=f"{kills} kills of the laptop cloud while it fired: {len(found)} of "
        f"{len(expected)} moments started one execution each",
        user_sees="nothing",
    )
