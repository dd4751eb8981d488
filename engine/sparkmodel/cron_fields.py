"""The fields of AWS's cron, and the days on which they fire.

Days of the week count from SUN = 1. Besides numbers, names, lists, ranges (which may wrap) and
steps there are L (last), W (nearest weekday), LW, nL (last such weekday) and n#k (k-th such
weekday). (EventBridge Scheduler guide, cron-based schedules.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

YEARS = range(1970, 2200)
# Not the names of the calendar module, which follow the computer's language.
MONTHS = {
    "JAN": 1,
    "FEB": 2,
    "MAR": 3,
    "APR": 4,
    "MAY": 5,
    "JUN": 6,
    "JUL": 7,
    "AUG": 8,
    "SEP": 9,
    "OCT": 10,
    "NOV": 11,
    "DEC": 12,
}
WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_SATURDAY, _SUNDAY, _DAYS_IN_WEEK, _WEEKS_IN_MONTH = 5, 6, 7, 5
_LONGEST_STEP = 4

DayRule = Callable[[date, int], bool]
"""Whether a schedule fires on a day; the number is the last day of the day's month."""


class CronError(ValueError):
    """A schedule expression that EventBridge Scheduler would not take; the message says why."""


def numbers(
    field: str, text: str, allowed: range, names: Mapping[str, int] | None = None
) -> frozenset[int]:
    """Read a list of numbers, names, ranges and steps.

    Args:
        field: What the field is called, for the error.
        text: What it says, in capitals.
        allowed: The numbers that it may have.
        names: Words that stand for numbers. Default: none.

    Raises:
        CronError: AWS would not take it.
    """
    found: set[int] = set()
    for part in text.split(","):
        found.update(_part(field, part, allowed, names or {}))
    return frozenset(found)


def _part(field: str, part: str, allowed: range, names: Mapping[str, int]) -> list[int]:
    """Read one of: * , n , n-m , and any of them with /step. A range may wrap: FRI-MON."""
    span, slash, step_text = part.partition("/")
    first_text, dash, last_text = span.partition("-")
    if span == "*":
        first, last = allowed[0], allowed[-1]
    else:
        first = _number(field, first_text, allowed, names)
        last = first if not slash else allowed[-1]
        last = _number(field, last_text, allowed, names) if dash else last
    step = 1
    if slash:
        step = _step(field, part, step_text)
    if first <= last:
        return list(range(first, last + 1))[::step]
    return [*range(first, allowed.stop), *range(allowed[0], last + 1)][::step]


def _step(field: str, part: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_STEP and int(text)):
        raise CronError(f'has {field} "{part}": after / comes a number from 1.')
    return int(text)


def _number(field: str, text: str, allowed: range, names: Mapping[str, int]) -> int:
    if text in names:
        return names[text]
    if text.isascii() and text.isdigit() and len(text) <= len(str(allowed[-1])):
        number = int(text)
        if number in allowed:
            return number
    words = f" or {next(iter(names))} to {list(names)[-1]}" if names else ""
    raise CronError(f'has {field} "{text}": allowed is {allowed[0]} to {allowed[-1]}{words}.')


def day_of_month(text: str) -> DayRule:
    """Read the field day-of-month; a day that a month does not have is its last for W only.

    Raises:
        CronError: AWS would not take it.
    """
    if text == "L":
        return lambda day, last: day.day == last
    if text == "LW":
        return lambda day, last: day.day == _nearest_weekday(day, last, last)
    if text.endswith("W"):
        wanted = _number("day-of-month", text[:-1], range(1, 32), {})
        return lambda day, last: day.day == _nearest_weekday(day, min(wanted, last), last)
    days = numbers("day-of-month", text, range(1, 32))
    return lambda day, _: day.day in days


def _nearest_weekday(day: date, wanted: int, last: int) -> int:
    """Day of the month, Monday to Friday, that is nearest to `wanted` in the month of `day`."""
    weekday = day.replace(day=wanted).weekday()
    if weekday == _SATURDAY:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == _SUNDAY:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def day_of_week(text: str) -> DayRule:
    """Read the field day-of-week.

    Raises:
        CronError: AWS would not take it.
    """
    allowed = range(1, _DAYS_IN_WEEK + 1)
    if text == "L":
        return lambda day, _: _aws_weekday(day) == WEEKDAYS["SAT"]
    if text.endswith("L"):
        wanted = _number("day-of-week", text[:-1], allowed, WEEKDAYS)
        return lambda day, last: _aws_weekday(day) == wanted and day.day > last - _DAYS_IN_WEEK
    if "#" in text:
        name, _, count = text.partition("#")
        wanted = _number("day-of-week", name, allowed, WEEKDAYS)
        nth = _number("week after #", count, range(1, _WEEKS_IN_MONTH + 1), {})
        return lambda day, _: (
            _aws_weekday(day) == wanted and (day.day - 1) // _DAYS_IN_WEEK + 1 == nth
        )
    days = numbers("day-of-week", text, allowed, WEEKDAYS)
    return lambda day, _: _aws_weekday(day) in days


def _aws_weekday(day: date) -> int:
    return day.isoweekday() % _DAYS_IN_WEEK + 1
