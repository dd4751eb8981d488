"""The checkout a command works on: its root, its manifests, and where its laptop keeps things."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sparkcli.errors import CallError, unknown
from sparkcli.target import Target

if TYPE_CHECKING:
    from sparkmodel import Environment, Job, Project

ROOT_VARIABLE = "SPARKRAIL_PROJECT"
MARKS = ("app.py", "config", "spark_jobs")


def find_root(start: Path | None = None) -> Path:
    """The project folder: $SPARKRAIL_PROJECT, or the nearest folder upwards that looks like one.

    Raises:
        CallError: No such folder.
    """
    given = os.environ.get(ROOT_VARIABLE)
    here = Path(given) if given else (start or Path.cwd())
    for folder in (here.resolve(), *here.resolve().parents):
        if all((folder / mark).exists() for mark in MARKS):
            return folder
    raise CallError(
        f"{here} is not inside a sparkrail project: no folder from there upwards has "
        f"{', '.join(MARKS)}. Change into the project, or set {ROOT_VARIABLE} to its folder."
    )


@dataclass(frozen=True)
class Workspace:
    """One project folder and the environment that a command asked for.

    Args:
        root: The project folder.
        target: The cloud and environment.
    """

    root: Path
    target: Target

    @classmethod
    def open(cls, env: str) -> "Workspace":
        """The project around the current folder, for what was given to `--env`."""
        return cls(find_root(), Target.parse(env))

    @cached_property
    def project(self) -> "Project":
        """Every manifest, contract and environment, validated.

        Raises:
            CallError: Some of them are wrong; the message lists every problem.
        """
        from sparkmodel import ManifestError, load_project  # noqa: PLC0415

        try:
            return load_project(self.root)
        except ManifestError as error:
            raise CallError(str(error), next_command="./sparkrail check") from None

    @cached_property
    def environment(self) -> "Environment":
        """The environment that the target names."""
        environments = self.project.environments
        name = self.target.environment
        if name not in environments:
            raise unknown("environment", name, environments, where="in config/")
        return environments[name]

    @cached_property
    def jobs(self) -> "dict[str, Job]":
        """Every job as it is in this environment, by name."""
        return {job.name: job for job in self.project.jobs(self.environment)}

    def job(self, name: str) -> "Job":
        """The job called `name`; a CallError names the nearest one."""
        if name not in self.jobs:
            if (self.root / "spark_jobs" / name / "job.toml").is_file():
                self.require_kafka()
            raise unknown("job", name, self.jobs, where="in spark_jobs/")
        return self.jobs[name]

    def batch_job(self, name: str) -> "Job":
        """The job called `name`, which has runs; a CallError says what a stream has instead."""
        job = self.job(name)
        if job.kind == "streaming":
            raise CallError(
                f"{name} is a stream: it has no runs. It is kept running, from `resume` until "
                "`pause`; `streams` shows how it does.",
                next_command=f"./sparkrail streams {name}{self.target.option}",
            )
        return job

    @property
    def new_job(self) -> str:
        """The command that makes a job; it says whose, where several teams are."""
        teams = sorted(self.environment.teams)
        return "new job my_job" + (f" --team {teams[0]}" if len(teams) > 1 else "")

    def require_kafka(self) -> None:
        """Refuse what needs brokers in an environment that has none.

        Raises:
            CallError: It has none.
        """
        environment = self.environment
        if environment.kafka.mode == "none":
            raise CallError(
                f"{environment.name} has no Kafka, so no stream and no topic is part of it: "
                f'config/{environment.name}.toml says kafka.mode = "none" (docs/streaming.md).',
                next_command="./sparkrail check",
            )

    @property
    def state(self) -> Path:
        """Where the commands keep what can be made again."""
        return self.root / ".sparkrail"

    @property
    def laptop_state(self) -> Path:
        """Where the laptop cloud of this environment keeps its files."""
        return self.state / "laptop" / self.target.environment

    @property
    def assembly(self) -> Path:
        """The cloud assembly of the last synth of this environment."""
        return self.state / "cdk.out" / self.target.environment
