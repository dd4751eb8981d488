"""The run keys of a span of days: which runs a job would have had, so that they can be made again.

What a key stands for is asked of `sparkjob.intervals`, the very function that the driver asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sparkjob.intervals import (
    Interval,
    Periods,
    find_zone,
    interval_of,
    key_of,
    moment_of,
    next_start,
    period_start,
)
from sparkmodel.cron import next_fire
from sparkmodel.job import Job
from sparkmodel.trigger import Trigger

__all__ = [
    "Interval",
    "NotBackfillable",
    "Periods",
    "interval_for",
    "key_of",
    "keys_between",
    "moment_of",
    "periods_of",
    "starts_between",
]


class NotBackfillable(ValueError):  # noqa: N818 - it says what is so, and reads well when printed
    """The job's runs stand for no period, so none can be named; the text says what to do."""


def periods_of(job: Job) -> Periods:
    """Say how a job divides time.

    Raises:
        NotBackfillable: It does not.
    """
    if job.interval is None:
        raise NotBackfillable(
            f"{job.name} is a snapshot job and cannot be backfilled: each run reads all that its "
            "inputs hold. To give its runs a period, add to "
            f'spark_jobs/{job.name}/job.toml: interval = {{ every = "day" }}'
        )
    told = job.interval
    return Periods(told.every, told.lookback, job.timezone, job.run_keys)


def interval_for(job: Job, run_key: str) -> Interval:
    """Say which span of time a run of a job stands for.

    Raises:
        NotBackfillable: The job's runs stand for no period.
        ValueError: The key has no moment, or not the start of a period where one is needed.
    """
    return interval_of(run_key, periods_of(job))


def keys_between(job: Job, first_day: date, last_day: date) -> list[str]:
    """List the run keys that live runs have for the periods that begin within some days.

    Args:
        job: Scheduled jobs have the times at which they fire, all others the start of each period.
        first_day: In the job's time zone; counts.
        last_day: In the job's time zone; counts.

    Returns:
        The keys, oldest first; empty if no period begins, or no run of the schedule stands for one.

    Raises:
        NotBackfillable: The job's runs stand for no period.
        ValueError: The last day is before the first.

    >>> from pathlib import Path
    >>> from sparkmodel import Interval, Trigger
    >>> job = Job(folder=Path("sales"), team="health", interval=Interval(every="day"),
    ...     trigger=Trigger(cron="30 6 * * ? *"))
    >>> keys_between(job, date(2026, 11, 19), date(2026, 11, 20))
    ['20261120T063000Z', '20261121T063000Z']
    """
    periods, starts = periods_of(job), _starts_between(job, first_day, last_day)
    if job.run_keys == "starts" or job.trigger is None:
        return [key_of(start) for start in starts]
    return list(_fires(job.trigger, periods, starts)) if starts else []


def starts_between(job: Job, first_day: date, last_day: date) -> list[str]:
    """List the interval keys of the periods that begin within some days, oldest first.

    Args:
        job: Says how long a period is, and in which zone.
        first_day: In the job's time zone; counts.
        last_day: In the job's time zone; counts.

    Raises:
        NotBackfillable: The job's runs stand for no period.
        ValueError: The last day is before the first.
    """
    return [key_of(start) for start in _starts_between(job, first_day, last_day)]


def _starts_between(job: Job, first_day: date, last_day: date) -> tuple[datetime, ...]:
    periods = periods_of(job)
    if last_day < first_day:
        raise ValueError(f"the last day, {last_day}, is before the first, {first_day}")
    return tuple(_starts(periods, first_day, last_day))


def _starts(periods: Periods, first_day: date, last_day: date) -> Iterator[datetime]:
    """Yield the start of each period that begins from midnight of one day to that after another."""
    zone = find_zone(periods.timezone)
    first, beyond = (
        datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
        for day in (first_day, last_day + timedelta(days=1))
    )
    start = period_start(first, periods.every, zone)
    while start < beyond:
        if start >= first:
            yield start
        start = next_start(start, periods.every, zone)


def _fires(trigger: Trigger, periods: Periods, starts: Sequence[datetime]) -> Iterator[str]:
    """Yield the run keys that a schedule has for some periods.

    A run stands for the last period before it: runs for a period come from its end to the end of
    the period after it.
    """
    zone = find_zone(periods.timezone)
    end = next_start(starts[-1], periods.every, zone)
    too_late = next_start(end, periods.every, zone)
    wanted = frozenset(map(key_of, starts))
    moment = next_fire(trigger.expression, starts[0], trigger.timezone)
    while moment is not None and moment < too_late:
        if interval_of(key_of(moment), periods).key in wanted:
            yield key_of(moment)
        moment = next_fire(trigger.expression, moment, trigger.timezone)
