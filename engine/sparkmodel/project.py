"""A project: its environments, its tables and its jobs, read and checked together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sparkmodel.capacity import environment_findings
from sparkmodel.capacity import job_findings as capacity_findings
from sparkmodel.checks import NAME, contract_findings, job_findings, shared_table_findings
from sparkmodel.environment import Environment
from sparkmodel.generated import generated_findings
from sparkmodel.job import Job
from sparkmodel.lineage import lineage_findings
from sparkmodel.maintenance_job import maintenance_jobs, orphan_findings
from sparkmodel.owners import owner_findings
from sparkmodel.problems import Finding, ManifestError, Problem
from sparkmodel.read_contracts import ReadContracts, read_tables, read_topics
from sparkmodel.read_environments import ReadEnvironment, read_environments
from sparkmodel.read_jobs import JOBS, Manifest, ReadJob, read_manifests
from sparkmodel.stream_checks import part_of, stream_findings, topic_findings
from sparkmodel.table import Table
from sparkmodel.topic import Topic
from sparkmodel.topics_job import topics_jobs


@dataclass(frozen=True)
class Project:
    """All that a project's TOML files say.

    Args:
        root: The project's folder.
        environments: By name.
        tables: Contracts by name, "database.table".
        jobs_of: The jobs of each environment, sorted by name; the jobs that nobody wrote come last:
            those of topics, then those of maintenance.
        topics: Contracts of topics by name.
    """

    root: Path
    environments: Mapping[str, Environment]
    tables: Mapping[str, Table]
    jobs_of: Mapping[str, tuple[Job, ...]]
    topics: Mapping[str, Topic] = field(default_factory=dict)

    def jobs(self, environment: Environment) -> tuple[Job, ...]:
        """List the jobs that are part of an environment, by name; those that nobody wrote last.

        Where there are no brokers, streaming jobs and topics jobs are not part of it.
        """
        return self.jobs_of[environment.name]


@dataclass(frozen=True)
class _Contracts:
    """The contracts of tables and of topics, and where they were read."""

    tables: ReadContracts[Table]
    topics: ReadContracts[Topic]

    def findings(self, job: Job) -> Iterator[Finding]:
        """Say what a job cannot do with its contracts; a faulty one is there all the same."""
        yield from contract_findings(job, self.tables.names)
        yield from stream_findings(job, self.tables.models, self.topics.names)

    def problems(self, jobs: Iterable[Job], environment: Environment) -> Iterator[Problem]:
        """Say which contracts do not fit the jobs and teams of an environment."""
        everybody = tuple(jobs)
        for table, finding in [
            *owner_findings(self.tables.models, everybody, environment),
            *orphan_findings(self.tables.models, everybody),
        ]:
            source = self.tables.sources[table]
            yield source.problem(finding.path, finding.text, finding.nearest)
        for topic, finding in topic_findings(self.topics.models, environment):
            source = self.topics.sources[topic]
            yield source.problem(finding.path, finding.text, finding.nearest)


def load_project(root: Path) -> Project:
    """Read and check everything that a project's TOML files say, in every environment.

    Args:
        root: The project's folder.

    Raises:
        ManifestError: Something is wrong; it holds every problem of every file.
    """
    problems: list[Problem] = []
    contracts = _Contracts(read_tables(root, problems), read_topics(root, problems))
    environments = read_environments(root, problems)
    manifests = read_manifests(root, problems)
    for manifest in manifests:
        problems.extend(manifest.overlay_problems(environments.names))
    jobs = {
        name: _jobs_in(environment, manifests, contracts, problems)
        for name, environment in environments.sound.items()
    }
    if not environments.sound:
        _check_alone(manifests, contracts, problems)
    if problems:
        raise ManifestError(problems)
    models = {name: each.model for name, each in environments.sound.items()}
    return Project(root, models, contracts.tables.models, jobs, contracts.topics.models)


def _jobs_in(
    environment: ReadEnvironment,
    manifests: tuple[Manifest, ...],
    contracts: _Contracts,
    problems: list[Problem],
) -> tuple[Job, ...]:
    read = [each.in_environment(environment.model, problems) for each in manifests]
    every_job = [each for each in read if each is not None]
    jobs = [each for each in every_job if part_of(each.model, environment.model)]
    for job in every_job:
        problems.extend(_located(job, contracts.findings(job.model)))
    for job in jobs:
        problems.extend(_located(job, job_findings(job.model, environment.model)))
        if job.sound:
            problems.extend(_located(job, capacity_findings(job.model, environment.model)))
    problems.extend(_between(every_job, contracts, whole=len(every_job) == len(manifests)))
    problems.extend(contracts.problems([job.model for job in jobs], environment.model))
    models = tuple(job.model for job in jobs if job.sound)
    topics = topics_jobs(contracts.topics.models, environment.model)
    kept = maintenance_jobs(contracts.tables.models, (*models, *topics), environment.model)
    everything = (*models, *topics, *kept)
    findings = [
        *generated_findings((*topics, *kept), environment.model),
        *environment_findings(environment.model, everything),
    ]
    problems.extend(
        environment.source.problem(each.path, each.text, each.nearest) for each in findings
    )
    return everything


def _between(jobs: list[ReadJob], contracts: _Contracts, *, whole: bool) -> Iterator[Problem]:
    """Check what jobs owe each other, also with those that an environment leaves out.

    Args:
        jobs: All jobs that could be read.
        contracts: Those of their tables.
        whole: Whether these are all jobs: what is left out may be what writes a table.
    """
    sources = {job.model.name: job for job in jobs}
    models = [job.model for job in jobs]
    found = [*shared_table_findings(models, contracts.tables.models)]
    if whole and all(job.sound for job in jobs):
        found.extend(lineage_findings(models))
    for model, finding in found:
        yield from _located(sources[model.name], [finding])


def _check_alone(
    manifests: tuple[Manifest, ...], contracts: _Contracts, problems: list[Problem]
) -> None:
    """Check manifests when no environment can be read, so that all problems come at once."""
    for manifest in manifests:
        job = manifest.in_environment(None, problems)
        if job is not None:
            problems.extend(_located(job, contracts.findings(job.model)))


def _located(job: ReadJob, findings: Iterable[Finding]) -> Iterator[Problem]:
    for each in findings:
        if each.path == NAME:
            yield Problem(file=f"{JOBS}/{job.model.name}", text=each.text)
        else:
            yield job.source.problem(each.path, each.text, each.nearest)
