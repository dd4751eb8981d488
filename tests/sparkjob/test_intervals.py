"""A run stands for the last complete period before it, as the clocks of its zone show periods."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkjob.intervals import (
    EVERY,
    Periods,
    find_zone,
    interval_of,
    key_of,
    moment_of,
    next_start,
    period_start,
)

ZONES = sorted(zone for zone in available_timezones() if zone not in ("localtime", "Factory"))
HOURS = {"hour": 1, "day": 24, "week": 24 * 7}


def shown(key, *periods, by="schedule"):
    found = interval_of(key, Periods(*periods), by=by)
    return f"{found.start:%Y-%m-%d %H:%M}", f"{found.end:%Y-%m-%d %H:%M}"


def hours(key, every, zone):
    found = interval_of(key, Periods(every, timezone=zone))
    return (found.end.astimezone(UTC) - found.start.astimezone(UTC)).total_seconds() / 3600


@pytest.mark.parametrize(
    ("every", "start", "end"),
    [
        ("hour", "2026-11-21 05:00", "2026-11-21 06:00"),
        ("day", "2026-11-20 00:00", "2026-11-21 00:00"),
        ("week", "2026-11-09 00:00", "2026-11-16 00:00"),
        ("month", "2026-10-01 00:00", "2026-11-01 00:00"),
    ],
)
def test_the_last_complete_period(every, start, end):
    assert shown("20261121T063000Z", every) == (start, end)


@pytest.mark.parametrize("every", EVERY)
def test_a_period_is_complete_at_its_very_end(every):
    end = "20260601T000000Z"  # a Monday, and the first of a month

    assert shown(end, every)[1] == "2026-06-01 00:00"
    assert shown("20260531T235959Z", every)[1] < "2026-06-01 00:00"


def test_the_zone_says_when_a_day_begins():
    found = interval_of("20261121T113000Z", Periods("day", timezone="America/New_York"))

    assert (found.start.isoformat(), found.end.isoformat(), found.key) == (
        "2026-11-20T00:00:00-05:00",
        "2026-11-21T00:00:00-05:00",
        "20261120T050000Z",
    )


def test_lookback_moves_the_start_and_nothing_else():
    one = interval_of("20260301T063000Z", Periods("month"))
    three = interval_of("20260301T063000Z", Periods("month", 3))

    assert (three.key, three.end) == (one.key, one.end)
    assert three.start == datetime(2025, 12, 1, tzinfo=UTC)


def test_a_leap_day_is_a_day_of_its_month():
    assert shown("20280301T010000Z", "day") == ("2028-02-29 00:00", "2028-03-01 00:00")
    assert shown("20280301T010000Z", "month") == ("2028-02-01 00:00", "2028-03-01 00:00")
    assert shown("20270301T010000Z", "day") == ("2027-02-28 00:00", "2027-03-01 00:00")


def test_a_week_begins_on_monday_over_the_end_of_a_year():
    assert shown("20270105T000000Z", "week") == ("2026-12-28 00:00", "2027-01-04 00:00")


def test_days_of_23_and_25_hours():
    assert hours("20260330T060000Z", "day", "Europe/Paris") == 23
    assert hours("20261026T060000Z", "day", "Europe/Paris") == 25
    assert hours("20260330T060000Z", "day", "America/Lima") == 24
    assert hours("20260330T060000Z", "week", "Europe/Paris") == 167
    assert hours("20261101T060000Z", "month", "Europe/Paris") == 31 * 24 + 1


def test_the_hour_that_comes_twice_is_two_hours_and_the_skipped_one_is_none():
    zone = ZoneInfo("Europe/Paris")
    autumn = [datetime(2026, 10, 25, hour, 5, tzinfo=UTC) for hour in (0, 1, 2, 3)]
    found = [interval_of(key_of(each), Periods("hour", timezone="Europe/Paris")) for each in autumn]
    assert [f"{each.start:%H:%M%z}" for each in found] == [
        "01:00+0200",
        "02:00+0200",
        "02:00+0100",
        "03:00+0100",
    ]
    spring = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert f"{spring.astimezone(zone):%H:%M}" == "03:00"
    assert shown(key_of(spring), "hour", 1, "Europe/Paris") == (
        "2026-03-29 01:00",
        "2026-03-29 03:00",
    )


def test_where_midnight_is_skipped_a_day_begins_with_its_first_moment():
    found = interval_of("20260425T060000Z", Periods("day", timezone="Africa/Cairo"))

    assert f"{found.start:%Y-%m-%d %H:%M%z}" == "2026-04-24 01:00+0300"
    assert found.end - found.start == timedelta(days=1) - timedelta(hours=1)


def test_a_day_that_was_left_out_at_the_date_line_is_no_period():
    found = interval_of("20111231T000000Z", Periods("day", timezone="Pacific/Apia"))

    assert (f"{found.start:%Y-%m-%d}", f"{found.end:%Y-%m-%d}") == ("2011-12-29", "2011-12-31")


@pytest.mark.parametrize(
    ("run_keys", "by"), [("starts", "backfill"), ("starts", "hand"), ("moments", "tables")]
)
def test_a_key_that_is_a_start_names_its_own_period(run_keys, by):
    told = ("20261120T050000Z", "day", 2, "America/New_York", run_keys)

    assert shown(*told, by=by) == ("2026-11-19 00:00", "2026-11-21 00:00")


def test_a_key_by_hand_is_a_moment_whatever_other_keys_are():
    told = ("manual-20261121T063000Z", "day", 1, "UTC", "starts")

    assert shown(*told, by="hand") == ("2026-11-20 00:00", "2026-11-21 00:00")


def test_a_key_with_the_id_of_an_event_is_its_moment():
    assert moment_of("20261121T063000Z-1a2b3c4d") == datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("monday", "has no moment"),
        ("20261121", "has no moment"),
        ("20261121T0630Z", "has no moment"),
        ("20261321T063000Z", "a moment that does not exist"),
        ("00010101T000000Z", "outside 1970 to 2199"),
        ("20261121T063000Z", "is not the start of a day in UTC.* is 20261121T000000Z"),
    ],
)
def test_a_key_that_names_no_period_is_refused(key, told):
    with pytest.raises(ValueError, match=told):
        interval_of(key, Periods("day", run_keys="starts"))


def test_a_zone_that_is_not_there_says_what_helps():
    with pytest.raises(ValueError, match=r'no time zone "Europe/Pariss".*add tzdata'):
        interval_of("20261121T063000Z", Periods("day", timezone="Europe/Pariss"))


moments = st.datetimes(datetime(1971, 1, 1), datetime(2150, 1, 1)).map(
    lambda each: each.replace(tzinfo=UTC)
)


@settings(max_examples=300, deadline=None)
@given(moments, st.sampled_from(EVERY), st.sampled_from(ZONES))
def test_periods_follow_each_other_without_gap_or_overlap(moment, every, name):
    zone = find_zone(name)

    start = period_start(moment, every, zone)
    end = next_start(start, every, zone)

    assert start <= moment < end
    assert period_start(start, every, zone) == start
    assert period_start(end - timedelta(microseconds=1), every, zone) == start
    assert period_start(end, every, zone) == end


@settings(max_examples=300, deadline=None)
@given(moments, st.sampled_from(EVERY), st.integers(1, 5), st.sampled_from(ZONES))
def test_the_key_of_an_interval_is_that_of_its_last_period(moment, every, lookback, zone):
    moment = moment.replace(microsecond=0)
    found = interval_of(key_of(moment), Periods(every, lookback, zone))

    assert found.start < found.end <= moment
    again = interval_of(found.key, Periods(every, lookback, zone, "starts"), by="backfill")
    assert again == found
    following = interval_of(key_of(found.end), Periods(every, lookback, zone, "starts"))
    assert following.start > found.start
    assert interval_of(key_of(following.end), Periods(every, lookback, zone)) == following


@settings(max_examples=100, deadline=None)
@given(moments, st.sampled_from(sorted(HOURS)))
def test_in_utc_all_periods_but_months_are_equally_long(moment, every):
    start = period_start(moment, every, UTC)

    assert next_start(start, every, UTC) - start == timedelta(hours=HOURS[every])


def test_it_needs_no_pyspark():
    code = "import sys, sparkjob, sparkjob.intervals; assert 'pyspark' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)
