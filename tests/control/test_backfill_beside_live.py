"""A backfill beside live runs leaves the rows that running the days live would have left."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from control_loop import ACCOUNT, PREFIX, REGION

pytestmark = pytest.mark.slow
CRON = 'trigger = { cron = "30 6 * * ? *", timezone = "Europe/Paris" }'
FIRST, MISSED, LIVE = datetime(2026, 10, 10, tzinfo=UTC), 30, 5  # over the end of summer time
BACKFILLS = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{PREFIX}-backfill"


@pytest.fixture(scope="module")
def loop(make_loop):
    return make_loop({"always": (CRON, 0), "filled": (CRON, 0.2)}, port=5940, seconds_per_minute=4)


def succeeded(loop, job):
    return [row for row in loop.runs(job).values() if row["state"] == "SUCCEEDED"]


def live_day(loop, number, jobs):
    """Let a day pass; the jobs' runs of that day succeed."""
    day = FIRST + timedelta(days=number)
    fired = day.replace(hour=6, minute=30, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    key = f"{fired:%Y%m%dT%H%M%SZ}"
    loop.skip_to(day + timedelta(hours=12))
    loop.until(lambda: all(loop.state(job, key) == "SUCCEEDED" for job in jobs))


def interrupt(loop):
    """Stop the backfill's machine in the middle of its work."""
    (running,) = loop.until(
        lambda: loop.states.list_executions(stateMachineArn=BACKFILLS, statusFilter="RUNNING")[
            "executions"
        ]
    )
    loop.until(lambda: len(succeeded(loop, "filled")) >= MISSED // 4)
    loop.states.stop_execution(executionArn=running["executionArn"])


@pytest.mark.failure_mode(39)
def test_thirty_days(loop, observe):
    loop.set_clock(FIRST)
    loop.command("pause", "filled")
    for number in range(MISSED):
        live_day(loop, number, ["always"])
    assert not loop.runs("filled")
    loop.command("resume", "filled", "--missed", "none")

    last = FIRST + timedelta(days=MISSED - 1)
    days = [
        f"--from={FIRST - timedelta(days=1):%Y-%m-%d}",
        f"--to={last - timedelta(days=1):%Y-%m-%d}",
    ]
    backfill = loop.begin("backfill", "filled", *days, "--yes", "--concurrency=4")
    interrupt(loop)
    backfill.communicate(timeout=60)
    for number in range(MISSED, MISSED + LIVE):
        live_day(loop, number, ["always", "filled"])
    plan = loop.command("backfill", "--list")[0]["plan"]
    loop.command("backfill", "--resume", plan)
    loop.quiet()

    rows = {
        job: sorted((row["interval"], row["n"]) for row in loop.table(job)) for job in loop.jobs
    }
    assert rows["filled"] == rows["always"]
    assert len(rows["filled"]) == 3 * (MISSED + LIVE)
    starts = Counter(run["name"] for run in loop.job_runs("filled"))
    assert set(starts.values()) == {1}
    kinds = Counter(row["by"] for row in loop.runs("filled").values())
    assert kinds == {"backfill": MISSED, "schedule": LIVE}
    observe(
        happened=f"{MISSED} days filled 4 at a time, stopped in the middle and resumed, beside "
        f"{LIVE} live days: {len(starts)} runs for {len(starts)} keys, {len(rows['filled'])} rows, "
        "the same as of a job that ran every day live",
        user_sees="every key SUCCEEDED once, with what started it",
    )
