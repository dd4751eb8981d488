"""What jobs that start each other through tables owe each other: no circles, and keys that meet.

A job that tables trigger runs for an interval when all of its tables have been written for it. Two
tables whose writers count time differently have no interval in common, so the job would never run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sparkmodel.job import Job
from sparkmodel.problems import Finding, listed, nearest

TABLES = ("trigger", "tables")


class Pace(NamedTuple):
    """What the interval keys of a job's tables are.

    Args:
        keys: Compared: two tables with equal ones have keys in common.
        said: The same for people, after "has".
    """

    keys: tuple[str, ...]
    said: str


def lineage_findings(jobs: Iterable[Job]) -> Iterator[tuple[Job, Finding]]:
    """Say which triggers by tables can never start their job, or start it for ever.

    Args:
        jobs: All jobs of an environment.
    """
    all_jobs = tuple(jobs)
    writers = _writers(job for job in all_jobs if job.stream is None)
    streams = _writers(job for job in all_jobs if job.stream is not None)
    waiting = [job for job in all_jobs if job.trigger is not None and job.trigger.tables]
    circles = {job.name: way for job in waiting if (way := _circle(job, writers))}
    for job in waiting:
        if circle := circles.get(job.name):
            if job.name == min(circle):
                yield job, _of_circle(circle)
            continue
        unwritten = list(_unwritten(job, writers, streams))
        yield from ((job, finding) for finding in unwritten)
        if not unwritten and not (_upstream(job, writers) & circles.keys()):
            yield from ((job, finding) for finding in _out_of_step(job, writers))


def _writers(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in sorted(jobs, key=lambda each: each.name):
        for output in job.outputs.values():
            found.setdefault(output.table, []).append(job)
    return found


def _starters(job: Job, writers: Mapping[str, list[Job]]) -> list[Job]:
    """List the jobs whose tables start a job."""
    tables = (job.trigger.tables if job.trigger else None) or ()
    return [each for table in tables for each in writers.get(table, ())]


def _circle(job: Job, writers: Mapping[str, list[Job]]) -> list[str]:
    """Find the way by which a job starts itself: the names on it, from the job on; or nothing."""
    ways, seen = [[job]], {job.name}
    while ways:
        way = ways.pop(0)
        for each in _starters(way[-1], writers):
            if each.name == job.name:
                return [job.name, *(passed.name for passed in reversed(way[1:]))]
            if each.name not in seen:
                seen.add(each.name)
                ways.append([*way, each])
    return []


def _upstream(job: Job, writers: Mapping[str, list[Job]]) -> set[str]:
    found: set[str] = set()
    rest = _starters(job, writers)
    while rest:
        each = rest.pop()
        if each.name not in found:
            found.add(each.name)
            rest.extend(_starters(each, writers))
    return found


def _of_circle(circle: list[str]) -> Finding:
    way = " -> ".join([*circle, circle[0]])
    return Finding(
        path=TABLES,
        text=f"closes a circle in which each job starts the next, for ever: {way}. Give one of "
        "them a cron, or take the table out of its trigger.",
    )


def _unwritten(
    job: Job, writers: Mapping[str, list[Job]], streams: Mapping[str, list[Job]]
) -> Iterator[Finding]:
    for number, table in enumerate((job.trigger and job.trigger.tables) or ()):
        if table in writers:
            continue
        path = (*TABLES, number)
        if table in streams:
            text = (
                f"never starts the job: the stream {streams[table][0].name} writes it, and a "
                "stream has no runs that end. Instead: a cron, or a rate."
            )
            yield Finding(path=path, text=text)
        else:
            text = (
                "never starts the job: no job of the project has this table among its outputs. "
                "Instead: a cron some time after it usually is written."
            )
            yield Finding(path=path, text=text, nearest=nearest(table, writers))


def _out_of_step(job: Job, writers: Mapping[str, list[Job]]) -> Iterator[Finding]:
    tables = (job.trigger and job.trigger.tables) or ()
    starters = list({each.name: each for each in _starters(job, writers)}.values())
    paces = {each.name: _pace(each, writers) for each in starters}
    if job.interval is not None:
        wanted = _of_interval(job)
        wrong = [name for name, pace in paces.items() if pace.keys != wanted.keys]
        if wrong:
            told = listed(f"{name} has {paces[name].said}" for name in sorted(wrong))
            yield Finding(
                path=("interval",),
                text=f"is never that of the tables that start the job: {told}, this job has "
                f"{wanted.said}. Give all of them the same interval and trigger.timezone.",
            )
    elif len(tables) > 1 and len({pace.keys for pace in paces.values()}) > 1:
        told = listed(f"{name} has {pace.said}" for name, pace in sorted(paces.items()))
        yield Finding(
            path=TABLES,
            text=f"never has all of its tables for one run: their keys do not meet, as {told}. "
            "Give their jobs the same interval and timezone, or wait for one of them only.",
        )


def _pace(job: Job, writers: Mapping[str, list[Job]]) -> Pace:
    trigger = job.trigger
    if job.interval is not None:
        return _of_interval(job)
    if starters := _starters(job, writers):
        return _pace(starters[0], writers)
    if trigger is not None and trigger.kind in ("cron", "at"):
        said = f"no interval and its own {trigger.expression} in {trigger.timezone}"
        return Pace((trigger.expression, trigger.timezone), said)
    return Pace(("alone", job.name), f"no interval and runs {_own_time(job)}")


def _own_time(job: Job) -> str:
    kind = job.trigger.kind if job.trigger else "hand"
    return {"rate": "at a rate", "hand": "by hand"}.get(kind, f"by {kind}")


def _of_interval(job: Job) -> Pace:
    every = job.interval.every if job.interval else ""
    return Pace((every, job.timezone), f"every {every} in {job.timezone}")
