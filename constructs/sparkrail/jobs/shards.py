"""Which of a team's stacks holds a job.

A job belongs to the shard that the hash of its name says, so adding or deleting a job moves no
other. There are as few shards as the limits of a stack allow, always a power of two: when they
double, a job stays or moves from shard s to shard n + s, and n + s is deployed after s, so names
are free before they are taken again. (docs/adr/0007-shards.md)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sparkmodel import Environment, Job, ManifestError, Problem
from sparkrail.fragment import template_bytes
from sparkrail.jobs.blueprint import job_resources
from sparkrail.jobs.code import Code
from sparkrail.platform import Platform

MAX_RESOURCES = 400
"""Of the 500 that CloudFormation takes; the rest is for the team's own and for growth."""

MAX_BYTES = 900_000
"""Of the 1,000,000 bytes that CloudFormation takes for a template."""

MAX_SHARDS = 512
_TEAM_RESOURCES = 12
_EXTENSION = (25, 50_000)
"""Resources and bytes that an extend.py may add before its stack has to be split."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Part of a team's jobs, in one stack.

    Args:
        team: The team's name.
        index: From 0; shard 0 also has what the team shares.
        jobs: In order of their names; possibly none.
        team_jobs: All jobs of the team.
    """

    team: str
    index: int
    jobs: tuple[Job, ...]
    team_jobs: tuple[Job, ...]

    @property
    def stack(self) -> str:
        """What its stack is called without the environment's prefix."""
        return f"jobs-{self.team}-{self.index}"

    @property
    def parent(self) -> int:
        """The shard that its jobs came from when shards last doubled; deployed before this one."""
        return self.index - (1 << (self.index.bit_length() - 1)) if self.index else 0


def shards(jobs: Sequence[Job], platform: Platform) -> Iterator[Shard]:
    """Spread the jobs of an environment over stacks. Every team has at least shard 0.

    Args:
        jobs: All jobs of the environment.
        platform: Says which teams there are, and what a job's resources will weigh.

    Raises:
        ManifestError: A team wants fewer shards than its jobs need.
    """
    for team in sorted(platform.environment.teams):
        of_team = tuple(job for job in jobs if job.team == team)
        count = _count(team, of_team, platform)
        for index in range(count):
            here = tuple(job for job in of_team if shard_of(job.name, count) == index)
            yield Shard(team=team, index=index, jobs=here, team_jobs=of_team)


def shard_of(job: str, count: int) -> int:
    """Say which of so many shards holds a job.

    >>> [shard_of("hospital_utilization", count) for count in (1, 2, 4, 8)]
    [0, 1, 1, 1]
    """
    return int.from_bytes(hashlib.sha256(job.encode()).digest()) % count


def _count(team: str, jobs: tuple[Job, ...], platform: Platform) -> int:
    weights = {job.name: _weight(job, platform) for job in jobs}
    wanted = platform.environment.teams[team].shards
    if wanted is not None:
        if not _fits(weights, wanted):
            raise _too_few(team, wanted, _smallest(weights), platform.environment)
        return wanted
    return _smallest(weights)


def _smallest(weights: dict[str, tuple[int, int]]) -> int:
    count = 1
    while count < MAX_SHARDS and not _fits(weights, count):
        count *= 2
    return count


def _fits(weights: dict[str, tuple[int, int]], count: int) -> bool:
    resources, size = [_TEAM_RESOURCES] * count, [0] * count
    for job, (job_resources_, job_bytes) in weights.items():
        shard = shard_of(job, count)
        resources[shard] += job_resources_
        size[shard] += job_bytes
    return max(resources) <= MAX_RESOURCES and max(size) <= MAX_BYTES


def _weight(job: Job, platform: Platform) -> tuple[int, int]:
    """Count resources and bytes of a job in a template."""
    resources = job_resources(job, platform, code=_LONGEST, application_id="0" * 120)
    more_resources, more_bytes = _EXTENSION if job.has_extend else (0, 0)
    size = template_bytes(resources) + _PACKAGES_BYTES
    return len(resources) + more_resources, size + more_bytes


_URI = f"s3://{'b' * 63}/{'p' * 80}/{'0' * 64}.tgz"
_LONGEST = Code(entry_point=_URI, code=_URI, environment=None, jars=(), readable=[_URI])
_PACKAGES_BYTES = 3_000
"""What an archive of Python packages and eight jars add to a machine, at most."""


def _too_few(team: str, wanted: int, needed: int, environment: Environment) -> ManifestError:
    problem = Problem(
        file=f"config/{environment.name}.toml",
        key=f"teams.{team}.shards",
        value=str(wanted),
        text=f"is too few: a stack holds {MAX_RESOURCES} resources and {MAX_BYTES} bytes, and the "
        f"team's jobs need {needed}. Set it to {needed}, or leave it away.",
    )
    return ManifestError([problem])
