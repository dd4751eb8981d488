"""What an environment can carry: jobs against their team, teams against the account's quota.

EMR Serverless does not queue for capacity: a job that meets its application's maximum runs with
fewer executors or fails, and one that meets the account's quota fails minutes after its start. So
the sums are done before anything is deployed. (EMR Serverless guide, maximum capacity, quotas.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sparkmodel.environment import Environment, Team
from sparkmodel.job import Job
from sparkmodel.problems import Finding, listed
from sparkmodel.sizing import DISK_GB, MEMORY_GB_PER_VCPU


class ApplicationKey(NamedTuple):
    """What tells the applications of an environment apart."""

    team: str
    release: str
    architecture: str

    @classmethod
    def of(cls, job: Job) -> ApplicationKey:
        """Name the application that runs a job."""
        return cls(job.team, job.spark.release, job.spark.architecture)


class Capacity(NamedTuple):
    """Most that an application takes at a time."""

    vcpu: int
    memory_gb: int
    disk_gb: int


def maximum_capacity(team: Team) -> Capacity:
    """Cap an application of a team. Memory and disk are ample, so that only vCPU ever binds.

    >>> maximum_capacity(Team(max_vcpu=20, concurrent_runs=1))
    Capacity(vcpu=20, memory_gb=160, disk_gb=4000)
    """
    return Capacity(
        vcpu=team.max_vcpu,
        memory_gb=team.max_vcpu * MEMORY_GB_PER_VCPU,
        disk_gb=team.max_vcpu * DISK_GB[-1],
    )


def applications(jobs: Iterable[Job]) -> Mapping[ApplicationKey, tuple[Job, ...]]:
    """Group jobs by the application that runs them, both in order of their names."""
    groups: dict[ApplicationKey, list[Job]] = {}
    for job in sorted(jobs, key=lambda each: each.name):
        groups.setdefault(ApplicationKey.of(job), []).append(job)
    return {key: tuple(groups[key]) for key in sorted(groups)}


def job_findings(job: Job, environment: Environment) -> Iterator[Finding]:
    """Say if a job alone needs more than its team's applications may take."""
    team = environment.teams.get(job.team)
    spark = job.spark
    if team is None or spark.vcpu <= team.max_vcpu:
        return
    fitting = (team.max_vcpu - spark.driver.vcpu) // spark.executor.vcpu
    fewer = f"set spark.max_executors = {fitting}, " if fitting > 0 else ""
    yield Finding(
        path=("spark", "max_executors"),
        text=(
            f"is too much in {environment.name}: the driver's {spark.driver.vcpu} vCPU and "
            f"{spark.max_executors} executors of {spark.executor.vcpu} need {spark.vcpu}, and an "
            f"application of team {job.team} may take {team.max_vcpu}. To fix it {fewer}choose "
            f"a smaller size, or set teams.{job.team}.max_vcpu = {spark.vcpu} in "
            f"config/{environment.name}.toml."
        ),
    )


def environment_findings(environment: Environment, jobs: Iterable[Job]) -> Iterator[Finding]:
    """Say if jobs that may run at once, or all applications together, need too much.

    Args:
        environment: Where they run.
        jobs: All of its jobs.
    """
    groups = applications(job for job in jobs if job.team in environment.teams)
    for key, group in groups.items():
        yield from _concurrency(environment.teams[key.team], key, group)
    yield from _quota(environment, groups)


def _concurrency(team: Team, key: ApplicationKey, jobs: tuple[Job, ...]) -> Iterator[Finding]:
    alone = [job for job in jobs if job.spark.vcpu <= team.max_vcpu]
    largest = sorted(alone, key=lambda job: (-job.spark.vcpu, job.name))
    together = largest[: team.concurrent_runs]
    needed = sum(job.spark.vcpu for job in together)
    if needed <= team.max_vcpu:
        return
    fitting = max(
        count
        for count in range(1, len(together))
        if sum(job.spark.vcpu for job in together[:count]) <= team.max_vcpu
    )
    shown = listed(f"{job.name} {job.spark.vcpu}" for job in together[:5])
    more = ", ..." if len(together) > len(together[:5]) else ""
    yield Finding(
        path=("teams", key.team, "concurrent_runs"),
        text=(
            f"lets {len(together)} jobs on {key.release} {key.architecture} run at once, and the "
            f"largest need {needed} vCPU ({shown}{more}), more than max_vcpu = {team.max_vcpu}. "
            f"To fix it set concurrent_runs = {fitting}, others then queue, or max_vcpu = {needed}."
        ),
    )


def _quota(
    environment: Environment, groups: Mapping[ApplicationKey, tuple[Job, ...]]
) -> Iterator[Finding]:
    shares = [(key, environment.teams[key.team].max_vcpu) for key in groups]
    total = sum(vcpu for _, vcpu in shares)
    if total <= environment.quotas.vcpu:
        return
    shown = listed(f"{' '.join(key)}: {vcpu}" for key, vcpu in shares)
    yield Finding(
        path=("quotas", "vcpu"),
        text=(
            f"is {environment.quotas.vcpu}, but the applications may take {total} vCPU together "
            f"({shown}). To fix it lower max_vcpu of a team, let its jobs share one release and "
            f"architecture, or have AWS raise the quota L-D05C8A75 to {total} and write it here."
        ),
    )
