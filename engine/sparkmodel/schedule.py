"""What people write as a schedule: cron, rate, at and a time zone, each checked when it is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator

from sparkmodel.base import Text
from sparkmodel.cron import CronError, find_zone, next_fire, parse_at, parse_cron, parse_rate
from sparkmodel.problems import nearest, refuse

FIRST_RELEASE = datetime(2026, 1, 1, tzinfo=UTC)
"""A schedule that never fires after this moment never fires: fixed, since synth has no clock."""

_UNIX_FIELDS = 5
_UNIX_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_IN_BRACKETS = re.compile(r"cron\((.*)\)")


def never_fires(expression: str, timezone: str) -> bool:
    """Whether there is no moment at which a cron or rate fires from the first release on.

    Whether the single moment of an `at` has passed depends on the clock, which synth does not look
    at; it never fires only if summer time skips it.
    """
    after = datetime.min.replace(tzinfo=UTC) if expression.startswith("at(") else FIRST_RELEASE
    return next_fire(expression, after, timezone) is None


def _time_zone(name: str) -> str:
    try:
        find_zone(name)
    except CronError:
        raise refuse(
            'is not a time zone. Allowed are the names of the IANA data base, such as "UTC", '
            '"Europe/Madrid", "America/Lima".',
            nearest=nearest(name, available_timezones()),
        ) from None
    return name


def _cron(fields: str) -> str:
    if match := _IN_BRACKETS.fullmatch(fields.strip()):
        text = "is written without cron( ): the six fields alone."
        raise refuse(text, nearest=_as_aws_cron(match[1].split()))
    try:
        parse_cron(fields)
    except CronError as error:
        raise refuse(str(error), nearest=_as_aws_cron(fields.split())) from None
    return " ".join(fields.split())


def _as_aws_cron(parts: list[str]) -> str | None:
    """Write what was probably meant: Unix has five fields, counts SUN = 0, and knows no ?."""
    if len(parts) == _UNIX_FIELDS:
        parts = [*parts[:4], re.sub(r"[0-7]", lambda day: _UNIX_DAYS[int(day[0])], parts[4]), "*"]
    if len(parts) != _UNIX_FIELDS + 1:
        return None
    minute, hour, day, month, weekday, year = parts
    for days in ((day, weekday), (day, "?"), ("?", weekday)):
        if {day, weekday} - set(days) - {"*"}:
            continue
        meant = " ".join((minute, hour, days[0], month, days[1], year))
        try:
            parse_cron(meant)
        except CronError:
            continue
        return meant
    return None


def _rate(body: str) -> str:
    try:
        parse_rate(body)
    except CronError as error:
        raise refuse(str(error)) from None
    return body


def _at(body: str) -> str:
    try:
        parse_at(body)
    except CronError as error:
        raise refuse(str(error)) from None
    return body


CronFields = Annotated[Text, AfterValidator(_cron)]
Rate = Annotated[Text, AfterValidator(_rate)]
Moment = Annotated[Text, AfterValidator(_at)]
TimeZone = Annotated[Text, AfterValidator(_time_zone)]
