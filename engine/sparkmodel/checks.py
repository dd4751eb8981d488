"""What one job needs of the rest of the project: names that fit, a team, contracts, capacity."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from sparkmodel.capacity import job_findings as capacity_findings
from sparkmodel.environment import Environment
from sparkmodel.job import Job
from sparkmodel.names import job_names, team_names, too_long
from sparkmodel.problems import Finding, ManifestError, Problem, listed, nearest
from sparkmodel.stream_checks import broker_findings, stream_findings
from sparkmodel.table import Table
from sparkmodel.toml_text import dotted

NAME: tuple[str, ...] = ()
"""Blamed when a job's name, which is its folder's, is at fault."""


def check_job(
    job: Job,
    *,
    environment: Environment,
    tables: Mapping[str, Table],
    topics: Collection[str] = (),
) -> None:
    """Check a job that was built in Python, as the reader checks those with a manifest.

    Args:
        job: The job.
        environment: Where it will run.
        tables: All contracts, by name.
        topics: Names of the topics that have a contract. Default: none has.

    Raises:
        ManifestError: It cannot run there.
    """
    findings = [*job_findings(job, environment), *contract_findings(job, tables)]
    findings.extend(broker_findings(job, environment))
    findings.extend(stream_findings(job, tables, topics))
    findings.extend(capacity_findings(job, environment))
    if findings:
        raise ManifestError(
            Problem(
                file=f"job {job.name}",
                key=dotted(each.path),
                text=each.text,
                nearest=each.nearest,
            )
            for each in findings
        )


def job_findings(job: Job, environment: Environment) -> Iterator[Finding]:
    """Say if a job's computed names are too long, or its team is not in the environment."""
    if long := too_long(job_names(environment.prefix, job.name)):
        yield Finding(
            path=NAME,
            text=(
                f'has too long a name for {environment.name}: {long.what} "{long.name}" has '
                f"{len(long.name)} characters, AWS takes {long.limit}. Shorten the job's name by "
                f"{len(long.name) - long.limit}."
            ),
        )
    if job.team not in environment.teams:
        yield Finding(
            path=("team",),
            text=(
                f"is not a team of {environment.name}. Teams: "
                f"{listed(sorted(environment.teams)) or 'none'}. A new one is a table "
                f"[teams.{job.team}] in config/{environment.name}.toml."
            ),
            nearest=nearest(job.team, environment.teams),
        )


def contract_findings(job: Job, tables: Collection[str]) -> Iterator[Finding]:
    """Say which tables of a job have no contract."""
    sources = [(("inputs", name, "table"), each.table) for name, each in job.inputs.items()]
    targets = [(("outputs", name, "table"), each.table) for name, each in job.outputs.items()]
    for path, table in [*sources, *targets]:
        if table is not None and table not in tables:
            near = nearest(table, tables)
            known = f" Contracts: {listed(sorted(tables))}." if tables and near is None else ""
            file = f"tables/{table.replace('.', '/')}.toml"
            yield Finding(
                path=path,
                text=f"has no contract: {file} does not exist.{known}",
                nearest=near,
            )


_TAKEN_AWAY = {
    "replace": "each run takes away what the other wrote",
    "append": "a run takes away the rows of its own run key, also when the other job wrote them",
}


def shared_table_findings(
    jobs: Iterable[Job], tables: Mapping[str, Table]
) -> Iterator[tuple[Job, Finding]]:
    """Say which jobs take away rows of a table that another job writes too."""
    writers: dict[str, str] = {}
    for job in jobs:
        for name, output in job.outputs.items():
            first = writers.setdefault(output.table, job.name)
            contract = tables.get(output.table)
            write = contract.write if contract is not None else ""
            if first != job.name and write in _TAKEN_AWAY:
                text = (
                    f'is written by job {first} too, and with write = "{write}" '
                    f"{_TAKEN_AWAY[write]}. Give each job a table of its own, or set "
                    'write = "merge" or "overwrite_partitions" in the contract.'
                )
                yield job, Finding(path=("outputs", name, "table"), text=text)


def environment_name_findings(environment: Environment) -> Iterator[Finding]:
    """Say which teams have computed names that are too long."""
    for team in environment.teams:
        if long := too_long(team_names(environment.prefix, team)):
            yield Finding(
                path=("teams", team),
                text=(
                    f'has too long a name: {long.what} "{long.name}" has {len(long.name)} '
                    f"characters, AWS takes {long.limit}. Shorten it by "
                    f"{len(long.name) - long.limit}."
                ),
            )
