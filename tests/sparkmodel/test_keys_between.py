"""A backfill makes the runs that live runs would have been."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkmodel import Interval, Job, Trigger
from sparkmodel.cron import next_fire
from sparkmodel.intervals import (
    NotBackfillable,
    interval_for,
    key_of,
    keys_between,
    moment_of,
    starts_between,
)


def make(every="day", cron="30 6 * * ? *", zone="UTC", lookback=1, **trigger):
    given = {"cron": cron} if cron else trigger
    return Job(
        folder=Path("sales"),
        team="shop",
        inputs={"beds": {"table": "health.beds"}},
        interval=Interval(every=every, lookback=lookback),
        trigger=Trigger(**given, timezone=zone) if given else None,
    )


def test_a_daily_job_runs_the_morning_after():
    assert keys_between(make(), date(2026, 11, 19), date(2026, 11, 20)) == [
        "20261120T063000Z",
        "20261121T063000Z",
    ]


@pytest.mark.parametrize(
    ("day", "key"),
    [
        (date(2026, 3, 28), "20260329T010500Z"),
        (date(2026, 3, 29), "20260330T010500Z"),
        (date(2026, 10, 24), "20261025T020500Z"),
        (date(2026, 10, 25), "20261026T020500Z"),
    ],
)
def test_a_local_schedule_follows_summer_time(day, key):
    assert keys_between(make(cron="5 3 * * ? *", zone="Europe/Paris"), day, day) == [key]


def test_a_day_whose_fire_summer_time_skips_has_no_run():
    job = make(cron="30 2 * * ? *", zone="Europe/Paris")

    assert keys_between(job, date(2026, 3, 27), date(2026, 3, 29)) == [
        "20260328T013000Z",
        "20260330T003000Z",
    ]


def test_each_full_hour_of_a_day_of_23_and_of_25_hours():
    job = make("hour", "0 * * * ? *", "Europe/Paris")
    by_tables = make("hour", None, "Europe/Paris", tables=["health.beds"])

    assert len(keys_between(job, date(2026, 3, 29), date(2026, 3, 29))) == 23
    assert len(starts_between(by_tables, date(2026, 3, 29), date(2026, 3, 29))) == 23
    assert len(starts_between(by_tables, date(2026, 10, 25), date(2026, 10, 25))) == 25
    # EventBridge fires once in the hour that comes twice, and so has the backfill.
    assert len(keys_between(job, date(2026, 10, 25), date(2026, 10, 25))) == 24


def test_the_leap_day_has_a_run():
    assert keys_between(make(), date(2028, 2, 29), date(2028, 2, 29)) == ["20280301T063000Z"]


@pytest.mark.parametrize("trigger", [{}, {"tables": ["health.beds"]}])
def test_without_a_schedule_keys_are_the_starts_of_periods(trigger):
    zone = "America/Lima" if trigger else "UTC"
    job = make("month", None, zone, **trigger)

    assert keys_between(job, date(2026, 1, 1), date(2026, 3, 31)) == [
        f"2026{month:02}01T{'05' if trigger else '00'}0000Z" for month in (1, 2, 3)
    ]


def test_weeks_count_by_their_monday():
    job = make("week", "0 6 ? * MON *")

    assert keys_between(job, date(2026, 11, 10), date(2026, 11, 16)) == ["20261123T060000Z"]
    assert keys_between(job, date(2026, 11, 17), date(2026, 11, 22)) == []


def test_a_single_moment_is_the_run_of_its_period():
    job = make("month", None, "UTC", at="2026-11-21T06:30:00")

    assert keys_between(job, date(2026, 9, 1), date(2026, 10, 31)) == ["20261121T063000Z"]
    assert keys_between(job, date(2026, 11, 1), date(2026, 11, 30)) == []


def test_a_snapshot_job_cannot_be_backfilled_and_says_what_to_add():
    job = Job(folder=Path("sales"), team="shop")

    with pytest.raises(NotBackfillable, match=r'snapshot job.*interval = \{ every = "day" \}'):
        keys_between(job, date(2026, 1, 1), date(2026, 1, 2))


def test_days_the_wrong_way_round_are_refused():
    with pytest.raises(ValueError, match="2026-01-01, is before the first"):
        keys_between(make(), date(2026, 1, 2), date(2026, 1, 1))


CRONS = {
    "day": ["30 6 * * ? *", "0 0 * * ? *", "30 2 * * ? *", "59 23 * * ? *", "0 5,17 * * ? *"],
    "hour": ["0 * * * ? *", "7 * * * ? *", "0/20 * * * ? *"],
    "week": ["0 6 ? * MON *", "0 0 ? * SUN *", "0 6 * * ? *"],
    "month": ["0 6 1 * ? *", "0 6 LW * ? *", "0 0 29 2 ? *"],
}
LONGEST = {
    "hour": timedelta(days=3),
    "day": timedelta(days=5),
    "week": timedelta(days=20),
    "month": timedelta(days=70),
}
ZONES = [
    *("UTC", "Europe/Paris", "America/Lima", "America/New_York", "Asia/Kolkata"),
    *("Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "America/Havana"),
]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_they_are_the_live_keys_of_these_periods_and_no_others(data):
    every = data.draw(st.sampled_from(sorted(CRONS)))
    zone = data.draw(st.sampled_from(ZONES))
    job = make(every, data.draw(st.sampled_from(CRONS[every])), zone)
    first = data.draw(st.dates(date(2024, 1, 1), date(2028, 12, 31)))
    last = first + timedelta(days=data.draw(st.integers(0, 40 if every != "hour" else 2)))

    keys = keys_between(job, first, last)

    wanted = set(starts_between(job, first, last))
    live, moment = [], datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=2)
    beyond = datetime.combine(last, datetime.min.time(), UTC) + LONGEST[every]
    while (moment := next_fire(job.trigger.expression, moment, zone)) and moment <= beyond:
        if interval_for(job, key_of(moment)).key in wanted:
            live.append(key_of(moment))
    assert keys == live
    assert sorted(keys, key=moment_of) == keys
