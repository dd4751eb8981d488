"""What an environment can carry: jobs against their team, teams against the account's quota.

EMR Serverless does not queue for capacity: a job that meets its application's maximum runs with
fewer executors or fails, and one that meets the account's quota fails minutes after its start. So
the sums are done before anything is deployed. (EMR Serverless guide, maximum capacity, quotas.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from sparkmodel.environment import Environment, Team
from sparkmodel.job import Job
from sparkmodel.problems import Finding, listed
from sparkmodel.sizing import DISK_GB, MEMORY_GB_PER_VCPU

Purpose = Literal["Batch", "Stream"]


class ApplicationKey(NamedTuple):
    """What tells the applications of an environment apart.

    Streams have applications of their own: there they never queue, and no run takes their room.
    """

    team: str
    release: str
    architecture: str
    purpose: Purpose = "Batch"

    @classmethod
    def of(cls, job: Job) -> ApplicationKey:
        """Name the application that runs a job."""
        purpose: Purpose = "Batch" if job.stream is None else "Stream"
        return cls(job.team, job.spark.release, job.spark.architecture, purpose)

    def __str__(self) -> str:
        streams = " streams" if self.purpose == "Stream" else ""
        return f"{self.team} {self.release} {self.architecture}{streams}"


class Capacity(NamedTuple):
    """Most that an application takes at a time."""

    vcpu: int
    memory_gb: int
    disk_gb: int


def maximum_capacity(team: Team) -> Capacity:
    """Cap an application of a team that runs batch jobs.

    >>> maximum_capacity(Team(max_vcpu=20, concurrent_runs=1))
    Capacity(vcpu=20, memory_gb=160, disk_gb=4000)
    """
    return _capped(team.max_vcpu)


def streams_capacity(jobs: Iterable[Job]) -> Capacity:
    """Cap an application of streams: room for all of them, and for the largest once more.

    A new version of a stream starts when the old one has ended, but the old one's workers may
    still be leaving when those of the new one come.

    Args:
        jobs: All streams that run on the application.
    """
    each = [job.spark.vcpu for job in jobs]
    return _capped(sum(each) + max(each))


def _capped(vcpu: int) -> Capacity:
    """Memory and disk are ample, so that only vCPU ever binds."""
    return Capacity(vcpu=vcpu, memory_gb=vcpu * MEMORY_GB_PER_VCPU, disk_gb=vcpu * DISK_GB[-1])


def applications(jobs: Iterable[Job]) -> Mapping[ApplicationKey, tuple[Job, ...]]:
    """Group jobs by the application that runs them, both in order of their names."""
    groups: dict[ApplicationKey, list[Job]] = {}
    for job in sorted(jobs, key=lambda each: each.name):
        groups.setdefault(ApplicationKey.of(job), []).append(job)
    return {key: tuple(groups[key]) for key in sorted(groups)}


def job_findings(job: Job, environment: Environment) -> Iterator[Finding]:
    """Say if a run alone needs more than an application of its team may take; no stream does."""
    team = environment.teams.get(job.team)
    spark = job.spark
    if team is None or job.stream is not None or spark.vcpu <= team.max_vcpu:
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
        if key.purpose == "Batch":
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


def _most(key: ApplicationKey, environment: Environment, jobs: tuple[Job, ...]) -> Capacity:
    if key.purpose == "Stream":
        return streams_capacity(jobs)
    return maximum_capacity(environment.teams[key.team])


def _quota(
    environment: Environment, groups: Mapping[ApplicationKey, tuple[Job, ...]]
) -> Iterator[Finding]:
    shares = [(key, _most(key, environment, group).vcpu) for key, group in groups.items()]
    total = sum(vcpu for _, vcpu in shares)
    if total <= environment.quotas.vcpu:
        return
    shown = listed(f"{key}: {vcpu}" for key, vcpu in shares)
    streams = any(key.purpose == "Stream" for key in groups)
    smaller = "give streams fewer executors, " if streams else ""
    yield Finding(
        path=("quotas", "vcpu"),
        text=(
            f"is {environment.quotas.vcpu}, but the applications may take {total} vCPU together "
            f"({shown}). To fix it lower max_vcpu of a team, {smaller}let its jobs share one "
            f"release and architecture, or have AWS raise the quota L-D05C8A75 to {total} and "
            "write it here."
        ),
    )
