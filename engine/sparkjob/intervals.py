"""Which span of time a run stands for: one function of its key, the period, and the time zone.

A period is a full hour, a day, a week from Monday or a month, as the clocks of a time zone show
them: the day on which summer time begins has 23 hours, and the hour that comes twice is two hours.
Standard library only: the driver and the tools that plan a backfill ask the same function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo

EVERY = ("hour", "day", "week", "month")
MOMENTS, STARTS = "moments", "starts"
RUN_KEYS = (MOMENTS, STARTS)
YEARS = range(1970, 2200)
_BY_HAND = "manual-"
_MOMENT = re.compile(r"(?:manual-)?(\d{8}T\d{6}Z)(?:-.+)?", re.ASCII)
_FORM = "%Y%m%dT%H%M%SZ"
_DECEMBER = 12


@dataclass(frozen=True)
class Interval:
    """A span of time, and the key that its last period has.

    Args:
        key: The start of the last period in UTC, such as 20261120T050000Z.
        start: The first moment, in the time zone of the job.
        end: The first moment after it.
    """

    key: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Periods:
    """How a job divides time.

    Args:
        every: Length of a period: hour, day, week or month.
        lookback: How many periods a run reads, the last one included.
        timezone: IANA name of the zone whose clocks begin a period.
        run_keys: What a run key is: `moments`, when the run was to start; or `starts`, the start
            of its last period.
    """

    every: str
    lookback: int = 1
    timezone: str = "UTC"
    run_keys: str = MOMENTS


def interval_of(run_key: str, periods: Periods, *, by: str = "hand") -> Interval:
    """Say which span of time a run stands for.

    Args:
        run_key: Such as 20261121T063000Z, or manual-20261121T063000Z, which is always a moment.
        periods: How the job divides time.
        by: What started the run; a key that came by `tables` is the start of a period.

    Raises:
        ValueError: The key has no moment, or it is not the start of a period and should be.
    """
    zone = find_zone(periods.timezone)
    moment = moment_of(run_key)
    if (by == "tables" or periods.run_keys == STARTS) and not run_key.startswith(_BY_HAND):
        last = moment
        if period_start(last, periods.every, zone) != last:
            raise ValueError(
                f"the run key {run_key} is not the start of a {periods.every} in "
                f"{periods.timezone}. The next one before it is "
                f"{key_of(period_start(last, periods.every, zone))}."
            )
    else:
        last = _before(period_start(moment, periods.every, zone), periods.every, zone)
    first = last
    for _ in range(periods.lookback - 1):
        first = _before(first, periods.every, zone)
    end = next_start(last, periods.every, zone)
    return Interval(key_of(last), first.astimezone(zone), end.astimezone(zone))


def moment_of(run_key: str) -> datetime:
    """Read the moment in a run key.

    Raises:
        ValueError: There is none.

    >>> moment_of("20261121T063000Z-1a2b3c4d").isoformat()
    '2026-11-21T06:30:00+00:00'
    """
    match = _MOMENT.fullmatch(run_key)
    if match is None:
        raise ValueError(
            f'the run key "{run_key}" has no moment. Write it like 20261121T063000Z, in UTC.'
        )
    try:
        moment = datetime.strptime(match[1], _FORM).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ValueError(f'the run key "{run_key}" has a moment that does not exist.') from None
    if moment.year not in YEARS:
        raise ValueError(f'the run key "{run_key}" has a year outside {YEARS[0]} to {YEARS[-1]}.')
    return moment


def key_of(moment: datetime) -> str:
    """Write a moment as run keys and interval keys have it.

    >>> key_of(datetime(2026, 11, 21, 6, 30, tzinfo=timezone.utc))
    '20261121T063000Z'
    """
    utc = moment.astimezone(timezone.utc)
    return f"{utc.year:04}{utc:%m%dT%H%M%SZ}"  # %Y has no leading zeros everywhere


def period_start(moment: datetime, every: str, zone: tzinfo) -> datetime:
    """Say when the period began in which a moment lies.

    Args:
        moment: Any moment, with a time zone.
        every: Length of a period: hour, day, week or month.
        zone: Whose clocks count.

    Returns:
        The moment in UTC.
    """
    if every == "hour":
        return _full_hour(moment.astimezone(timezone.utc), zone)
    start = _midnight(_first_day(moment.astimezone(zone).date(), every), zone)
    if start > moment:  # clocks leapt from before midnight to after it
        return period_start(moment - timedelta(days=1), every, zone)
    following = next_start(start, every, zone)  # begun already where clocks went back over midnight
    return following if following <= moment else start


def next_start(start: datetime, every: str, zone: tzinfo) -> datetime:
    """Say when the period after one begins.

    Args:
        start: The start of a period.
        every: Length of a period: hour, day, week or month.
        zone: Whose clocks count.

    Returns:
        The moment in UTC.
    """
    if every == "hour":
        later = start.astimezone(timezone.utc) + timedelta(hours=1)
        # Where summer time shifts by half an hour, the full hour comes half an hour later.
        shown = later.astimezone(zone)
        past = timedelta(minutes=shown.minute, seconds=shown.second)
        return later + (timedelta(hours=1) - past if past else past)
    day = start.astimezone(zone).date()
    while True:
        day = _following(day, every)
        following = _midnight(day, zone)
        if following > start:  # equal where a whole day was left out at the date line
            return following


def find_zone(name: str) -> tzinfo:
    """Look up an IANA time zone.

    Raises:
        ValueError: There is no such zone, or the computer has no time zones.
    """
    if name == "UTC":
        return timezone.utc
    import zoneinfo  # noqa: PLC0415  most jobs live in UTC

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(
            f'there is no time zone "{name}" on this computer. If the name is right, add tzdata to '
            "the job's requirements.in and lock it."
        ) from None


def _before(start: datetime, every: str, zone: tzinfo) -> datetime:
    return period_start(start - timedelta(microseconds=1), every, zone)


def _full_hour(moment: datetime, zone: tzinfo) -> datetime:
    while True:
        shown = moment.astimezone(zone)
        past = timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)
        if not past:
            return moment
        moment -= past  # more than once only where clocks shifted by half an hour meanwhile


def _midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day; where clocks leap over midnight, the moment of the leap."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(timezone.utc)


def _first_day(day: date, every: str) -> date:
    if every == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if every == "month" else day


def _following(day: date, every: str) -> date:
    if every == "month":
        return date(day.year + day.month // _DECEMBER, day.month % _DECEMBER + 1, 1)
    return day + timedelta(days=7 if every == "week" else 1)
