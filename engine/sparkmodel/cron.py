"""When a schedule of EventBridge Scheduler fires: `cron(...)`, `rate(...)` and `at(...)`.

AWS's cron has six fields, counts days of the week from SUN = 1, and knows L, W, LW, nL and n#k. In
a time zone with summer time, a wall time that does not exist is skipped, and one that comes twice
fires once, the first time. (EventBridge Scheduler guide, schedule types; AWS knowledge center.)
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sparkmodel.cron_fields import (
    MONTHS,
    YEARS,
    CronError,
    DayRule,
    day_of_month,
    day_of_week,
    numbers,
)

__all__ = ["Cron", "CronError", "find_zone", "next_fire", "parse_at", "parse_cron", "parse_rate"]

_FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week", "year")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*")
_EXPRESSION = re.compile(r"(cron|rate|at)\((.*)\)")


@dataclass(frozen=True)
class Cron:
    """A parsed `cron(...)`: the wall times at which it fires."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: frozenset[int]
    fires_on: DayRule

    def wall_times(self, first: date) -> Iterator[datetime]:
        """Yield all wall times from the day `first` on, in order, without a time zone."""
        times = [time(hour, minute) for hour in self.hours for minute in self.minutes]
        for day in self._days(first):
            for each in times:
                yield datetime.combine(day, each)

    def _days(self, first: date) -> Iterator[date]:
        for year in range(first.year, YEARS.stop):
            for month in self.months if year in self.years else ():
                last = calendar.monthrange(year, month)[1]
                for number in range(1, last + 1):
                    day = date(year, month, number)
                    if day >= first and self.fires_on(day, last):
                        yield day


def parse_cron(fields: str) -> Cron:
    """Parse the six fields of AWS's cron.

    Args:
        fields: "minute hour day-of-month month day-of-week year", without `cron()`.

    Raises:
        CronError: AWS would not take it.
    """
    parts = fields.upper().split()
    if len(parts) != len(_FIELDS):
        raise CronError(f"has {len(parts)} fields, but AWS's cron has 6: {' '.join(_FIELDS)}.")
    minute, hour, day, month, weekday, year = parts
    if (day == "?") == (weekday == "?"):
        raise CronError("must have ? for day-of-month or for day-of-week: exactly one of the two.")
    return Cron(
        minutes=tuple(sorted(numbers("minute", minute, range(60)))),
        hours=tuple(sorted(numbers("hour", hour, range(24)))),
        months=tuple(sorted(numbers("month", month, range(1, 13), MONTHS))),
        years=numbers("year", year, YEARS),
        fires_on=day_of_week(weekday) if day == "?" else day_of_month(day),
    )


def next_fire(expression: str, after: datetime, timezone: str = "UTC") -> datetime | None:
    """Say when a schedule fires next.

    Args:
        expression: `cron(...)`, `rate(...)` or `at(...)`, as EventBridge Scheduler takes it.
        after: The first moment after this one counts; must have a time zone. A rate counts from it.
        timezone: IANA name of the zone in which cron and at are meant. Default: UTC.

    Returns:
        The moment in UTC, or None if it never fires again.

    Raises:
        CronError: AWS would not take the expression, or there is no such time zone.

    >>> next_fire("cron(30 2 * * ? *)", datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Paris")
    datetime.datetime(2026, 3, 30, 0, 30, tzinfo=datetime.timezone.utc)
    """
    kind, body = split_expression(expression)
    if kind == "rate":
        return after.astimezone(UTC) + parse_rate(body)
    zone = find_zone(timezone)
    if kind == "at":
        wall_times = iter([parse_at(body)])
    else:
        wall_times = parse_cron(body).wall_times(after.astimezone(zone).date())
    return next(_moments(wall_times, zone, after), None)


def _moments(wall_times: Iterator[datetime], zone: tzinfo, after: datetime) -> Iterator[datetime]:
    for wall in wall_times:
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        exists = moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall
        if exists and moment > after:
            yield moment


def split_expression(expression: str) -> tuple[str, str]:
    """Split `cron(...)`, `rate(...)` or `at(...)` into its kind and what is in the brackets."""
    match = _EXPRESSION.fullmatch(expression.strip())
    if not match:
        raise CronError("is none of cron(...), rate(...) and at(...).")
    return match[1], match[2]


def find_zone(name: str) -> tzinfo:
    """Look up an IANA time zone.

    Raises:
        CronError: There is no such zone.
    """
    if name == "UTC":
        return UTC
    try:
        # Other spellings are files of one computer: "localtime", "posix/Europe/Madrid".
        return ZoneInfo(name if _ZONE.fullmatch(name) else "")
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise CronError(f'"{name}" is not a time zone.') from None


def parse_rate(body: str) -> timedelta:
    """Parse "15 minutes", "1 hour", "2 days".

    Raises:
        CronError: AWS would not take it.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,5}) (minute|hour|day)(s?)", body)
    if not match:
        raise CronError('is not a rate. Write a number and a unit: "15 minutes", "1 hour".')
    count, unit, plural = int(match[1]), match[2], bool(match[3])
    if plural != (count > 1):
        raise CronError(f'must read "{count} {unit}{"s" if count > 1 else ""}": AWS minds the s.')
    return count * _UNITS[unit]


def parse_at(body: str) -> datetime:
    """Parse "2026-11-21T06:30:00", a wall time.

    Raises:
        CronError: AWS would not take it.
    """
    try:
        moment = datetime.fromisoformat(body if _MOMENT.fullmatch(body) else "")
    except ValueError:
        raise CronError('is not a moment. Write it as "2026-11-21T06:30:00".') from None
    if moment.year not in YEARS:
        raise CronError(f"has a year outside {YEARS[0]} to {YEARS[-1]}.")
    return moment
