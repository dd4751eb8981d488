"""Schedules fire when EventBridge Scheduler fires them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest

from sparkmodel.cron import CronError, find_zone, next_fire
from sparkmodel.cron_fields import day_of_month, numbers


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fires(fields: str, after: str, count: int, zone: str = "UTC") -> list[str]:
    found, moment = [], utc(after)
    for _ in range(count):
        moment = next_fire(f"cron({fields})", moment, zone)
        assert moment is not None
        found.append(f"{moment:%Y-%m-%d %H:%M}")
    return found


def days(fields: str, after: str, count: int) -> list[str]:
    return [each[:10] for each in fires(fields, after, count)]


# What each rule means in the month of 2026-02 (28 days, Sunday to Saturday) and after.
RULES = {
    "L": ("0 0 L * ? *", ["2026-02-28", "2026-03-31", "2026-04-30"]),
    "LW": ("0 0 LW * ? *", ["2026-02-27", "2026-03-31", "2026-04-30"]),
    "1W on a Sunday": ("0 0 1W 2,3 ? *", ["2026-02-02", "2026-03-02", "2027-02-01"]),
    "15W on a Sunday": ("0 0 15W 2,3 ? *", ["2026-02-16", "2026-03-16", "2027-02-15"]),
    "14W on a Saturday": ("0 0 14W 2,3 ? *", ["2026-02-13", "2026-03-13", "2027-02-15"]),
    "1W on a Saturday": ("0 0 1W 8 ? *", ["2026-08-03", "2027-08-02"]),
    "31W on a Sunday": ("0 0 31W 5 ? *", ["2026-05-29", "2027-05-31"]),
    "last Friday": ("0 0 ? * 6L *", ["2026-02-27", "2026-03-27", "2026-04-24"]),
    "last Friday by name": ("0 0 ? * FRIL *", ["2026-02-27", "2026-03-27", "2026-04-24"]),
    "L for the week": ("0 0 ? * L *", ["2026-02-07", "2026-02-14", "2026-02-21"]),
    "second Tuesday": ("0 0 ? * 3#2 *", ["2026-02-10", "2026-03-10", "2026-04-14"]),
    "second Tuesday by name": ("0 0 ? * TUE#2 *", ["2026-02-10", "2026-03-10", "2026-04-14"]),
    "fifth Sunday": ("0 0 ? * 1#5 *", ["2026-03-29", "2026-05-31", "2026-08-30"]),
    "Sunday is 1": ("0 0 ? * 1 *", ["2026-02-01", "2026-02-08", "2026-02-15"]),
    "Monday to Friday": ("0 0 ? * MON-FRI *", ["2026-02-02", "2026-02-03", "2026-02-04"]),
    "a week that wraps": ("0 0 ? * FRI-MON *", ["2026-02-01", "2026-02-02", "2026-02-06"]),
    "months that wrap": ("0 0 1 NOV-FEB ? *", ["2026-02-01", "2026-11-01", "2026-12-01"]),
    "small letters": ("0 0 ? * mon *", ["2026-02-02", "2026-02-09"]),
    "leap day": ("0 0 29 2 ? *", ["2028-02-29", "2032-02-29"]),
    "a year": ("0 0 1 1 ? 2030", ["2030-01-01"]),
    "years in steps": ("0 0 1 1 ? 2026/10", ["2036-01-01", "2046-01-01"]),
    "every tenth day": ("0 0 1/10 * ? *", ["2026-02-01", "2026-02-11", "2026-02-21", "2026-03-01"]),
}


@pytest.mark.parametrize("rule", RULES)
def test_days(rule):
    fields, expected = RULES[rule]

    assert days(fields, "2026-01-31 12:00", len(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*/20", {0, 20, 40}),
        ("0/20", {0, 20, 40}),
        ("5/25", {5, 30, 55}),
        ("10-30/10", {10, 20, 30}),
        ("58-2", {58, 59, 0, 1, 2}),
        ("58-2/2", {58, 0, 2}),
        ("1,2,50-51", {1, 2, 50, 51}),
        ("*", set(range(60))),
        ("07", {7}),
    ],
)
def test_minutes(text, expected):
    assert numbers("minute", text, range(60)) == expected


@pytest.mark.parametrize(
    "fields",
    [
        "0 0 30 2 ? *",
        "0 0 31 2,4,6,9,11 ? *",
        "0 0 29 2 ? 2027",
        "0 0 1 1 ? 1999",
        "0 0 ? 2 1#5 2027",
    ],
)
def test_a_schedule_that_never_fires_says_so(fields):
    assert next_fire(f"cron({fields})", utc("2026-01-01")) is None


def test_after_the_last_year_nothing_fires():
    assert next_fire("cron(0 0 1 1 ? *)", utc("2199-12-31 23:59")) is None


def test_a_wall_time_that_summer_time_skips_is_skipped():
    assert fires("30 2 * * ? *", "2026-03-27 12:00", 3, "Europe/Paris") == [
        "2026-03-28 01:30",
        "2026-03-30 00:30",
        "2026-03-31 00:30",
    ]


def test_a_wall_time_that_comes_twice_fires_once_the_first_time():
    assert fires("30 2 * * ? *", "2026-10-24 12:00", 2, "Europe/Paris") == [
        "2026-10-25 00:30",
        "2026-10-26 01:30",
    ]


def test_an_hourly_schedule_skips_the_repeated_hour():
    assert fires("0 * * * ? *", "2026-10-24 22:30", 5, "Europe/Paris") == [
        "2026-10-24 23:00",  # 01:00
        "2026-10-25 00:00",  # 02:00, first time
        "2026-10-25 02:00",  # 03:00
        "2026-10-25 03:00",
        "2026-10-25 04:00",
    ]


def test_asking_within_the_repeated_hour_gives_the_next_one():
    # 01:15 UTC is 02:15 for the second time.
    assert fires("30 2 * * ? *", "2026-10-25 01:15", 1, "Europe/Paris") == ["2026-10-26 01:30"]


def test_a_schedule_only_in_the_skipped_hour_never_fires():
    assert next_fire("cron(30 2 29 3 ? 2026)", utc("2026-01-01"), "Europe/Paris") is None


def test_a_zone_without_summer_time_keeps_its_distance_all_year():
    january = fires("30 2 * * ? *", "2026-01-01", 1, "America/Lima")
    july = fires("30 2 * * ? *", "2026-07-01", 1, "America/Lima")

    assert (january, july) == (["2026-01-01 07:30"], ["2026-07-01 07:30"])


def test_new_york_follows_its_own_summer_time():
    assert fires("30 6 * * ? *", "2026-03-07 12:00", 2, "America/New_York") == [
        "2026-03-08 10:30",
        "2026-03-09 10:30",
    ]
    assert fires("30 6 * * ? *", "2026-03-06 12:00", 1, "America/New_York") == ["2026-03-07 11:30"]


def test_the_moment_itself_does_not_count():
    assert fires("0 6 * * ? *", "2026-01-01 06:00", 1) == ["2026-01-02 06:00"]


def test_moments_only_rise():
    moments = fires("7/13 * ? * * *", "2026-10-24 20:00", 100, "Europe/Paris")

    assert moments == sorted(set(moments))


def test_a_rate_counts_from_the_last_time():
    after = utc("2026-11-21 06:30")

    assert next_fire("rate(15 minutes)", after) == after + timedelta(minutes=15)
    assert next_fire("rate(1 hour)", after) == after + timedelta(hours=1)
    assert next_fire("rate(2 days)", after) == after + timedelta(days=2)


def test_a_moment_is_meant_in_its_zone_and_comes_once():
    at = "at(2026-11-21T06:30:00)"

    assert next_fire(at, utc("2026-01-01"), "America/Lima") == utc("2026-11-21 11:30")
    assert next_fire(at, utc("2026-11-21 11:30"), "America/Lima") is None


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "30 6 * * ? *",
        "cron()",
        "cron(* * * * * *)",
        "cron(0 0 ? * ? *)",
        "cron(60 0 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 1 13 ? *)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * MON#6 *)",
        "cron(0 0 ? * MON#0 *)",
        "cron(0 0 1 1 ? 1969)",
        "cron(0 0 1 1 ? 2200)",
        "cron(*/0 0 * * ? *)",
        "cron(-1 0 * * ? *)",
        "cron(1- 0 * * ? *)",
        "cron(1,,2 0 * * ? *)",
        "cron(² 0 * * ? *)",
        "cron(0 0 L-3 * ? *)",
        "cron(0 0 32W * ? *)",
        "cron(0 0 W * ? *)",
        "cron(0 0 1,L * ? *)",
        "cron(0 0 1 FEBR ? *)",
        "cron(0 ? 1 * ? *)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 weeks)",
        "rate(-5 minutes)",
        "at(2026-11-21)",
        "at(2026-02-30T00:00:00)",
        "at(0001-01-01T00:00:00)",
    ],
)
def test_what_aws_would_not_take_is_refused(expression):
    with pytest.raises(CronError):
        next_fire(expression, utc("2026-01-01"))


@pytest.mark.parametrize(
    "zone", ["Europe/Pariss", "America", "../etc", "", "/etc/localtime", "localtime"]
)
def test_a_zone_that_does_not_exist_is_refused(zone):
    with pytest.raises(CronError, match="is not a time zone"):
        next_fire("cron(0 0 * * ? *)", utc("2026-01-01"), zone)


def test_every_zone_of_the_data_base_is_known():
    for zone in available_timezones() - {"localtime"}:
        assert find_zone(zone).utcoffset(utc("2026-01-01").replace(tzinfo=None)) is not None


def test_refusals_name_the_field_and_what_it_allows():
    with pytest.raises(CronError, match='has month "13": allowed is 1 to 12 or JAN to DEC'):
        next_fire("cron(0 0 1 13 ? *)", utc("2026-01-01"))


def test_a_day_that_a_month_does_not_have_is_its_last_weekday_for_w_only():
    nearest, plain = day_of_month("31W"), day_of_month("31")
    april = [datetime(2026, 4, day).date() for day in range(1, 31)]

    assert [day.day for day in april if nearest(day, 30)] == [30]
    assert [day.day for day in april if plain(day, 30)] == []
