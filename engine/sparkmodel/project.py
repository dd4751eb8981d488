"""A project: its environments, its tables and its jobs, read and checked together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sparkmodel.capacity import environment_findings
from sparkmodel.capacity import job_findings as capacity_findings
from sparkmodel.checks import NAME, contract_findings, job_findings, shared_table_findings
from sparkmodel.environment import Environment
from sparkmodel.job import Job
from sparkmodel.lineage import lineage_findings
from sparkmodel.maintenance_job import maintenance_findings, maintenance_jobs, orphan_findings
from sparkmodel.owners import owner_findings
from sparkmodel.problems import Finding, ManifestError, Problem
from sparkmodel.read_environments import ReadEnvironment, read_environments
from sparkmodel.read_jobs import JOBS, Manifest, ReadJob, read_manifests
from sparkmodel.read_tables import ReadTables, read_tables
from sparkmodel.table import Table


@dataclass(frozen=True)
class Project:
    """All that a project's TOML files say.

    Args:
        root: The project's folder.
        environments: By name.
        tables: Contracts by name, "database.table".
        jobs_of: The jobs of each environment, sorted by name; the maintenance jobs come last.
    """

    root: Path
    environments: Mapping[str, Environment]
    tables: Mapping[str, Table]
    jobs_of: Mapping[str, tuple[Job, ...]]

    def jobs(self, environment: Environment) -> tuple[Job, ...]:
        """List the jobs as they are in an environment, by name; maintenance jobs come last."""
        return self.jobs_of[environment.name]


def load_project(root: Path) -> Project:
    """Read and check everything that a project's TOML files say, in every environment.

    Args:
        root: The project's folder.

    Raises:
        ManifestError: Something is wrong; it holds every problem of every file.
    """
    problems: list[Problem] = []
    tables = read_tables(root, problems)
    environments = read_environments(root, problems)
    manifests = read_manifests(root, problems)
    for manifest in manifests:
        problems.extend(manifest.overlay_problems(environments.names))
    jobs = {
        name: _jobs_in(environment, manifests, tables, problems)
        for name, environment in environments.sound.items()
    }
    if not environments.sound:
        _check_alone(manifests, tables, problems)
    if problems:
        raise ManifestError(problems)
    models = {name: each.model for name, each in environments.sound.items()}
    return Project(root, models, tables.models, jobs)


def _jobs_in(
    environment: ReadEnvironment,
    manifests: tuple[Manifest, ...],
    tables: ReadTables,
    problems: list[Problem],
) -> tuple[Job, ...]:
    read = [each.in_environment(environment.model, problems) for each in manifests]
    jobs = [each for each in read if each is not None]
    for job in jobs:
        problems.extend(_located(job, contract_findings(job.model, tables.names)))
        problems.extend(_located(job, job_findings(job.model, environment.model)))
        if job.sound:
            problems.extend(_located(job, capacity_findings(job.model, environment.model)))
    sources = {job.model.name: job for job in jobs}
    for model, finding in shared_table_findings((job.model for job in jobs), tables.models):
        problems.extend(_located(sources[model.name], [finding]))
    everybody = [job.model for job in jobs]
    for table, finding in [
        *owner_findings(tables.models, everybody, environment.model),
        *orphan_findings(tables.models, everybody),
    ]:
        source = tables.sources[table]
        problems.append(source.problem(finding.path, finding.text, finding.nearest))
    models = tuple(job.model for job in jobs if job.sound)
    if len(models) == len(manifests):  # what is left out may be what writes the table
        for model, finding in lineage_findings(models):
            problems.extend(_located(sources[model.name], [finding]))
    kept = maintenance_jobs(tables.models, models, environment.model)
    everything = (*models, *kept)
    findings = [
        *maintenance_findings(kept, environment.model),
        *environment_findings(environment.model, everything),
    ]
    problems.extend(
        environment.source.problem(each.path, each.text, each.nearest) for each in findings
    )
    return everything


def _check_alone(
    manifests: tuple[Manifest, ...], tables: ReadTables, problems: list[Problem]
) -> None:
    """Check manifests when no environment can be read, so that all problems come at once."""
    for manifest in manifests:
        job = manifest.in_environment(None, problems)
        if job is not None:
            problems.extend(_located(job, contract_findings(job.model, tables.names)))


def _located(job: ReadJob, findings: Iterable[Finding]) -> Iterator[Problem]:
    for each in findings:
        if each.path == NAME:
            yield Problem(file=f"{JOBS}/{job.model.name}", text=each.text)
        else:
            yield job.source.problem(each.path, each.text, each.nearest)
