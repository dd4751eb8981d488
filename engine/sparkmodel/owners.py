"""Which team answers for a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sparkmodel.environment import Environment
from sparkmodel.job import Job
from sparkmodel.problems import Finding, listed, nearest
from sparkmodel.table import Table


def owner_of(table: Table, jobs: Iterable[Job]) -> str | None:
    """Say which team answers for a table: the one that its contract names, else its jobs' team.

    Args:
        table: The contract.
        jobs: All jobs of an environment.

    Returns:
        None if the contract names no team and no job writes the table, or jobs of two teams do.
    """
    if table.owner is not None:
        return table.owner
    teams = {job.team for job in _writers(table, jobs)}
    return teams.pop() if len(teams) == 1 else None


def owner_findings(
    tables: Mapping[str, Table], jobs: Iterable[Job], environment: Environment
) -> Iterator[tuple[str, Finding]]:
    """Say for which tables the owner is unknown, each with the table's name.

    Args:
        tables: Contracts by name.
        jobs: All jobs of the environment.
        environment: Whose teams are meant.
    """
    all_jobs = tuple(jobs)
    for name, table in tables.items():
        if table.owner is not None and table.owner not in environment.teams:
            yield name, _unknown_team(table.owner, environment)
        elif table.owner is None:
            writers = [job for job in _writers(table, all_jobs) if job.team in environment.teams]
            if len({job.team for job in writers}) > 1:
                yield name, _two_teams(writers)


def _writers(table: Table, jobs: Iterable[Job]) -> list[Job]:
    return [
        job for job in jobs if any(output.table == table.name for output in job.outputs.values())
    ]


def _unknown_team(owner: str, environment: Environment) -> Finding:
    return Finding(
        path=("owner",),
        text=(
            f"is not a team of {environment.name}. Teams: "
            f"{listed(sorted(environment.teams)) or 'none'}. A new one is a table "
            f"[teams.{owner}] in config/{environment.name}.toml."
        ),
        nearest=nearest(owner, environment.teams),
    )


def _two_teams(writers: list[Job]) -> Finding:
    told = listed(f"{job.name} of team {job.team}" for job in writers)
    teams = listed(sorted({job.team for job in writers}))
    return Finding(
        path=("owner",),
        text=(
            f"is missing: jobs of several teams write the table ({told}), so nobody knows who "
            f"answers for it. Name one of them: {teams}."
        ),
    )
