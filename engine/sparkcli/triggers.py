"""What starts a job, in words, and when a schedule fires next."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkmodel import Job, Table

FIRES_SHOWN = 3
_FIRES_READ = 200


def starts(job: "Job") -> str:
    """Say what starts a job.

    Args:
        job: The job.
    """
    trigger = job.trigger
    if trigger is None or job.manages:
        return _without_trigger(job)
    match trigger.kind:
        case "tables":
            return f"when these tables are written: {', '.join(trigger.tables or ())}"
        case "files":
            quiet = trigger.settle_minutes
            return f"when files of {trigger.files} arrive and {quiet} minutes are quiet"
        case "event":
            return f"at each event that matches {_short(trigger.event or {})}"
        case _:
            return trigger.expression


def _without_trigger(job: "Job") -> str:
    """Say it of a job whose manifest has no trigger, or that has no manifest."""
    if job.stream is not None:
        return f"runs all the time, a micro-batch every {job.stream.cadence_seconds} s"
    if job.manages:
        return f"after each deploy of its team's jobs, for the topics {', '.join(job.manages)}"
    return "by hand"


def next_fires(job: "Job", now: datetime) -> list[str]:
    """Say when a job's schedule fires next, as its time zone shows it; empty without a schedule.

    Args:
        job: The job.
        now: The first fire after it counts; a rate counts from it.
    """
    from sparkmodel.cron import find_zone  # noqa: PLC0415

    if job.trigger is None or not job.trigger.is_schedule:
        return []
    zone = find_zone(job.trigger.timezone)
    fires = islice(_fires(job, now), FIRES_SHOWN)
    return [fire.astimezone(zone).isoformat(timespec="minutes") for fire in fires]


def notes(job: "Job", tables: Mapping[str, "Table"], now: datetime) -> list[str]:
    """Say what is allowed and probably not meant.

    Args:
        job: The job.
        tables: All contracts, by name.
        now: Where to begin to look at the schedule.
    """
    if job.interval is None:
        return []
    return [*_replaced(job, tables), *_uneven(job, now)]


def _replaced(job: "Job", tables: Mapping[str, "Table"]) -> Iterator[str]:
    for output in job.outputs.values():
        if output.table in tables and tables[output.table].write == "replace":
            yield (
                f'{output.table} has write = "replace": each run takes away what the runs of other '
                'periods wrote. With write = "append" each keeps its own rows.'
            )


def _uneven(job: "Job", now: datetime) -> Iterator[str]:
    """Compare the next fires of a schedule with the periods that they stand for."""
    from sparkmodel.intervals import interval_for, key_of, moment_of, starts_between  # noqa: PLC0415

    if job.interval is None or job.trigger is None or job.trigger.kind != "cron":
        return
    every = job.interval.every
    fires = islice(_fires(job, now), _FIRES_READ)
    runs = Counter(interval_for(job, key_of(fire)).key for fire in fires)
    if not runs:
        return
    if max(runs.values()) > 1:
        most = max(runs.values())
        yield f"up to {most} runs stand for the same {every}: the cron fires more often."
    first, last = (moment_of(key).date() for key in (min(runs), max(runs)))
    periods = [key for key in starts_between(job, first, last) if min(runs) < key < max(runs)]
    missed = [key for key in periods if key not in runs]
    if missed:
        yield (
            f"no run stands for {len(missed)} of the next {len(periods)} periods, first of them "
            f"the {every} that begins at {missed[0]}: the cron does not fire for each."
        )
    elif every == "hour" and _has_summer_time(job.timezone, now):
        yield (
            f"{job.timezone} shows an hour twice in autumn, and a cron fires in it only once: no "
            'run stands for one of the two. Use timezone = "UTC", or lookback = 2.'
        )


def _has_summer_time(name: str, now: datetime) -> bool:
    from sparkmodel.cron import find_zone  # noqa: PLC0415

    zone = find_zone(name)
    return len({(now + timedelta(days=30 * n)).astimezone(zone).utcoffset() for n in range(12)}) > 1


def _fires(job: "Job", now: datetime) -> Iterator[datetime]:
    from sparkmodel.cron import next_fire  # noqa: PLC0415

    moment: datetime | None = now.astimezone(UTC)
    while job.trigger and moment:
        moment = next_fire(job.trigger.expression, moment, job.trigger.timezone)
        if moment:
            yield moment


def _short(pattern: Mapping[str, Any]) -> str:
    from sparkmodel.toml_text import as_toml  # noqa: PLC0415

    return as_toml(dict(pattern))
