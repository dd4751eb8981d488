"""The job that keeps the tables of a team: nobody writes it, the team's contracts make it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sparkmodel.environment import Environment, Team
from sparkmodel.generated import generated_folder
from sparkmodel.job import Job, Run
from sparkmodel.names import maintenance_name
from sparkmodel.owners import owner_of
from sparkmodel.parameters import Parameter
from sparkmodel.problems import Finding
from sparkmodel.shared import LATE_SUFFIX
from sparkmodel.sizing import DEFAULT_SIZE, SIZES, Worker
from sparkmodel.spark import Spark
from sparkmodel.table import Table
from sparkmodel.trigger import Trigger

OURS = "sparkrail"
_TASK = {"task": "maintain", "table": "", "where": ""}
_MOST_EXECUTORS = 4
_TIMEOUT_MINUTES = 360
_MINUTES_OF_A_DAY = 24 * 60


def maintenance_jobs(
    tables: Mapping[str, Table], jobs: Iterable[Job], environment: Environment
) -> tuple[Job, ...]:
    """Make the maintenance job of each team that has tables to keep.

    Args:
        tables: Contracts by name; those that say `by = "glue"` or `"nobody"` are left out.
        jobs: All jobs of the environment; they say which team a table belongs to.
        environment: Says when they run, and whether.
    """
    if environment.maintenance is None:
        return ()
    all_jobs = tuple(jobs)
    streamed = {each.table for job in all_jobs if job.stream for each in job.outputs.values()}
    kept: dict[str, list[str]] = {}
    for name, table in sorted(tables.items()):
        team = owner_of(table, all_jobs)
        if table.maintenance.by == OURS and team in environment.teams:
            late = [f"{name}{LATE_SUFFIX}"] if name in streamed else []
            kept.setdefault(str(team), []).extend([name, *late])
    return tuple(
        _job(team, tuple(kept[team]), environment, [job for job in all_jobs if job.team == team])
        for team in sorted(kept)
    )


def orphan_findings(
    tables: Mapping[str, Table], jobs: Iterable[Job]
) -> Iterator[tuple[str, Finding]]:
    """Say for which tables files of a run could be removed while it still writes them.

    Args:
        tables: Contracts by name.
        jobs: All jobs of an environment.
    """
    for job in jobs:
        for output in job.outputs.values():
            table = tables.get(output.table)
            days = job.run.timeout_minutes / _MINUTES_OF_A_DAY
            if table is not None and table.maintenance.orphan_days < days:
                text = (
                    f"is shorter than a run of {job.name} may last ({days:g} days): files that it "
                    "has not committed yet would be removed. Make it longer, or lower "
                    f"run.timeout_minutes of {job.name}."
                )
                yield output.table, Finding(path=("maintenance", "orphan_days"), text=text)


def _job(team: str, tables: tuple[str, ...], environment: Environment, jobs: Sequence[Job]) -> Job:
    times = environment.maintenance
    assert times is not None, "such an environment has no maintenance jobs"
    return Job(
        name=maintenance_name(team),
        folder=generated_folder("maintenance"),
        description=f"Keeps the tables of team {team}",
        team=team,
        trigger=Trigger(cron=times.cron, timezone=times.timezone, overlap="skip"),
        parameters={name: Parameter(type="string", default=text) for name, text in _TASK.items()},
        spark=_spark(_room(environment.teams[team], jobs), environment),
        run=Run(timeout_minutes=_TIMEOUT_MINUTES),
        maintains=tables,
    )


def _room(team: Team, jobs: Sequence[Job]) -> int:
    """Say what vCPU is left beside the largest jobs that may run at the same time."""
    largest = sorted((job.spark.vcpu for job in jobs if job.stream is None), reverse=True)
    return team.max_vcpu - sum(largest[: team.concurrent_runs - 1])


def _spark(room: int, environment: Environment) -> Spark:
    """The default size with as many executors as there is room for; small ones where it is little.

    Args:
        room: vCPU. Where there is next to none the job is as small as can be, and the sums of
            capacity say what does not fit.
        environment: Says release and architecture.
    """
    worker = SIZES[DEFAULT_SIZE]
    if room < 2 * worker.vcpu:
        worker = Worker(vcpu=1, memory_gb=4)
    executors = max(1, min(_MOST_EXECUTORS, room // worker.vcpu - 1))
    return Spark(
        driver=worker,
        executor=worker,
        max_executors=executors,
        release=environment.release,
        architecture=environment.architecture,
    )
