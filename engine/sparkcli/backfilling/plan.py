"""Which keys a backfill runs, and in which order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sparkcli.errors import CallError
from sparkcli.ledger import RunRow

if TYPE_CHECKING:
    from sparkmodel import Job
    from sparkmodel.intervals import Interval

LONGEST_PERIOD_DAYS = {"hour": 1, "day": 1, "week": 7, "month": 31}
MOST_NEEDS = 60
"""So many a run waits for, the newest: its machine reads forty rows into 256 KiB."""
UNDER_WAY = frozenset({"RUNNING", "QUEUED"})
Rows = Mapping[str, Mapping[str, RunRow]]


@dataclass(frozen=True)
class Todo:
    """A run of a backfill.

    Args:
        level: Runs of a level begin when those of the one before have ended.
        job: Its job.
        key: Its run key.
        generation: Its generation.
        needs: Runs of the same backfill that write what this one reads.
    """

    level: int
    job: str
    key: str
    generation: int
    needs: tuple["Todo", ...] = ()

    @property
    def rest(self) -> str:
        """What its sort key in the ledger ends with."""
        return f"{self.job}#{self.key}"


@dataclass(frozen=True)
class Chosen:
    """What a backfill would do.

    Args:
        todos: The runs, in order.
        succeeded: Keys that are left out because they succeeded, by job.
        under_way: Keys that are left out because they run or wait now, by job.
        to_come: Keys that are left out because their period is not over, by job.
        snapshots: Jobs that read what is written, and have no keys to run.
    """

    todos: tuple[Todo, ...]
    succeeded: Mapping[str, int]
    under_way: Mapping[str, int]
    to_come: Mapping[str, int]
    snapshots: tuple[str, ...] = ()

    @property
    def jobs(self) -> tuple[str, ...]:
        """The jobs that run, in order."""
        return tuple(dict.fromkeys(todo.job for todo in self.todos))


@dataclass(frozen=True)
class Span:
    """Days, in the time zone of each job; both count."""

    first: date
    last: date


def choose(jobs: Sequence["Job"], span: Span, rows: Rows, *, again: bool, now: datetime) -> Chosen:
    """Choose the runs of a backfill.

    Args:
        jobs: The job, and those downstream by level: a job after all that it reads from.
        span: Days on which periods begin.
        rows: What the ledger has, by job and key.
        again: Whether keys that succeeded run as well.
        now: Periods that end later are left out.

    Raises:
        CallError: The first job has no keys.
    """
    left_out: dict[str, dict[str, int]] = {"succeeded": {}, "under_way": {}, "to_come": {}}
    todos: list[Todo] = []
    made: dict[str, list[tuple[Interval, Todo]]] = {}
    levels = levels_of(jobs)
    for job in (each for each in jobs if each.interval or each is jobs[0]):
        above = [one for each in jobs if feeds(each, job) for one in made.get(each.name, [])]
        redone = [interval for interval, _ in above]
        for key, interval in _keys(job, span, redone):
            row = rows.get(job.name, {}).get(key)
            why = _why_not(row, interval, now, again=again or _overlaps(interval, redone))
            if why:
                left_out[why][job.name] = left_out[why].get(job.name, 0) + 1
                continue
            needs = [todo for other, todo in above if _overlaps(interval, [other])][-MOST_NEEDS:]
            generation = row.generation + 1 if row else 1
            todos.append(Todo(levels[job.name], job.name, key, generation, tuple(needs)))
            made.setdefault(job.name, []).append((interval, todos[-1]))
    snapshots = tuple(job.name for job in jobs[1:] if job.interval is None)
    return Chosen(tuple(todos), **left_out, snapshots=snapshots)


def downstream(job: "Job", jobs: Iterable["Job"]) -> list["Job"]:
    """The job and those that read what it writes, and so on; each after all that it reads from.

    Args:
        job: Where it begins.
        jobs: All jobs.
    """
    found, waiting, rest = [job], [job], [each for each in jobs if each.name != job.name]
    while waiting:
        above = waiting.pop()
        new = [each for each in rest if each not in found and feeds(above, each)]
        found += new
        waiting += new
    levels = levels_of(found)
    return sorted(found, key=lambda each: (levels[each.name], each.name))


def levels_of(jobs: Sequence["Job"]) -> dict[str, int]:
    """For each job the longest way from the first one; a ring of jobs is cut where it is entered.

    Args:
        jobs: The first one reads from none of the others.
    """
    levels = {job.name: 0 for job in jobs[:1]}

    def level(job: "Job", below: frozenset[str]) -> int:
        if job.name not in levels:
            inside = below | {job.name}
            parents = [each for each in jobs if each.name not in inside and feeds(each, job)]
            levels[job.name] = max((level(each, inside) + 1 for each in parents), default=0)
        return levels[job.name]

    for job in jobs:
        level(job, frozenset())
    return levels


def feeds(above: "Job", below: "Job") -> bool:
    """Whether a job reads or is started by a table that another one writes."""
    written = {output.table for output in above.outputs.values()}
    read = {given.table for given in below.inputs.values() if given.table}
    return bool(written & (read | set((below.trigger and below.trigger.tables) or ())))


def _keys(job: "Job", span: Span, redone: Sequence["Interval"]) -> Iterator[tuple[str, "Interval"]]:
    """The keys of a job, and those after the days whose runs look back on a period made anew."""
    from sparkmodel.intervals import NotBackfillable, interval_for, keys_between  # noqa: PLC0415

    try:
        keys = keys_between(job, span.first, span.last)
        yield from ((key, interval_for(job, key)) for key in keys)
        if redone and job.interval and job.interval.lookback > 1:
            days = LONGEST_PERIOD_DAYS[job.interval.every] * (job.interval.lookback - 1)
            for key in keys_between(job, span.first, span.last + timedelta(days=days)):
                interval = interval_for(job, key)
                if key not in keys and _overlaps(interval, redone):
                    yield key, interval
    except NotBackfillable as error:
        raise CallError(str(error), next_command=f"./sparkrail run {job.name}") from None
    except ValueError as error:
        raise CallError(f"{job.name}: {error}") from None


def _overlaps(interval: "Interval", others: Iterable["Interval"]) -> bool:
    return any(interval.start < each.end and each.start < interval.end for each in others)


def _why_not(row: RunRow | None, interval: "Interval", now: datetime, *, again: bool) -> str | None:
    """Why a key is not run; None when it is."""
    if interval.end > now:
        return "to_come"
    if row is not None and row.state in UNDER_WAY:
        return "under_way"
    if row is not None and row.state == "SUCCEEDED" and not again:
        return "succeeded"
    return None
