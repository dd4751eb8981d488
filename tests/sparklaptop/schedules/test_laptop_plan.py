"""The laptop's schedules fire when the model says and when the calendar says."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sparklaptop.schedules.plan import Plan
from sparkmodel.cron import CronError, next_fire

START = datetime(2026, 3, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Paris", "America/Lima", "America/New_York", "Australia/Lord_Howe"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def plan(expression, **more):
    return Plan(expression=expression, **{"anchor": START, **more})


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def generated(seed):
    """An expression, the zone it is meant in, and the sets of numbers that it was made from."""
    pick = random.Random(seed)
    if pick.random() < 0.15:
        unit = pick.choice(["minute", "hour", "day"])
        count = pick.randint(1, 40)
        return f"rate({count} {unit}{'s' if count > 1 else ''})", "UTC", None
    minutes = sorted(pick.sample(range(60), pick.randint(1, 3)))
    hours = sorted(pick.sample(range(24), pick.randint(1, 4)))
    months = sorted([*pick.sample(range(1, 13), pick.randint(6, 12)), 3, 10])
    days = weekdays = None
    if pick.random() < 0.5:
        days = sorted(pick.sample(range(1, 32), pick.randint(4, 20)))
    else:
        weekdays = sorted(pick.sample(range(7), pick.randint(2, 6)))
    texts = [
        ",".join(map(str, minutes)),
        ",".join(map(str, hours)),
        ",".join(map(str, days)) if days else "?",
        ",".join(map(str, sorted(set(months)))),
        ",".join(DAYS[one] for one in weekdays) if weekdays else "?",
        "*",
    ]
    fields = (set(minutes), set(hours), days and set(days), set(months), weekdays)
    return f"cron({' '.join(texts)})", pick.choice(ZONES), fields


def minute_by_minute(fields, zone, first, last):
    """Every minute of a window, looked at on the wall's clock: no parser, no arithmetic of ours."""
    minutes, hours, days, months, weekdays = fields
    found, seen, moment = [], set(), first
    while moment <= last:
        wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        fits = (
            wall.minute in minutes
            and wall.hour in hours
            and wall.month in months
            and (days is None or wall.day in days)
            and (weekdays is None or wall.isoweekday() % 7 in weekdays)
        )
        # A wall time that comes twice counts the first time.
        if fits and wall not in seen:
            seen.add(wall)
            found.append(moment)
        moment += timedelta(minutes=1)
    return found


def test_laptop_and_model_agree_on_1000_generated_expressions():
    for seed in range(1000):
        expression, zone, _ = generated(seed)
        made = plan(expression, timezone=zone)
        until = START + timedelta(days=2)

        fired = made.between(START, until, 50)

        walked, moment = [], START
        while (moment := next_fire(expression, moment, zone)) and moment <= until:
            walked.append(moment)
            if len(walked) == 50:
                break
        assert fired == walked, (seed, expression, zone)


@pytest.mark.parametrize("first", ["2026-03-28T20:00", "2026-10-24T20:00", "2028-02-28T12:00"])
def test_the_plan_is_what_a_look_at_every_minute_finds(first):
    begin = utc(first)
    end = begin + timedelta(hours=30)
    compared = 0
    for seed in range(40):
        expression, zone, fields = generated(seed)
        if fields is None:
            continue
        # A wall time that came before the window may come again in it.
        early = minute_by_minute(fields, zone, begin - timedelta(hours=3), end)
        expected = [moment for moment in early if moment > begin]
        assert plan(expression, timezone=zone).between(begin, end, 10_000) == expected, expression
        compared += len(expected)
    assert compared > 50


def test_a_rate_fires_at_once_and_then_at_its_rate():
    made = plan("rate(2 hours)", anchor=utc("2026-03-01T10:30"))

    assert made.next(utc("2026-03-01T10:00")) == utc("2026-03-01T10:30")
    assert made.next(utc("2026-03-01T10:30")) == utc("2026-03-01T12:30")
    assert made.next(utc("2026-03-05T11:00")) == utc("2026-03-05T12:30")


def test_a_rate_with_a_start_date_counts_from_it():
    made = plan("rate(1 day)", start=utc("2026-03-03T07:00"))

    assert made.between(START, utc("2026-03-05T23:00"), 9) == [
        utc("2026-03-03T07:00"),
        utc("2026-03-04T07:00"),
        utc("2026-03-05T07:00"),
    ]


def test_a_rate_of_a_rule_waits_for_its_first_period():
    made = plan("rate(5 minutes)", at_once=False)

    assert made.next(START - timedelta(days=1)) == START + timedelta(minutes=5)


def test_start_and_end_dates_belong_to_the_window():
    made = plan("cron(0 6 * * ? *)", start=utc("2026-03-03T06:00"), end=utc("2026-03-05T06:00"))

    assert made.between(START, utc("2026-04-01T00:00"), 99) == [
        utc("2026-03-03T06:00"),
        utc("2026-03-04T06:00"),
        utc("2026-03-05T06:00"),
    ]


def test_a_moment_comes_once_whatever_the_dates_say():
    made = plan("at(2026-03-04T06:00:00)", timezone="America/Lima", end=utc("2026-03-02T00:00"))

    assert made.next(START) == utc("2026-03-04T11:00")
    assert made.next(utc("2026-03-04T11:00")) is None


def test_what_aws_would_not_take_is_an_error():
    with pytest.raises(CronError):
        plan("cron(0 6 * * * *)").next(START)
