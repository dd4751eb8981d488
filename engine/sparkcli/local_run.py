"""A job's main.py as an ordinary Python process, set up as its deployed run would be."""

import datetime
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkcli.arguments import Overrides
from sparkcli.bringup import bring_up
from sparkcli.cloud import Cloud, connect, laptop_of
from sparkcli.deployed import DeployedJob, deployed_job
from sparkcli.errors import CommandError, OperationError
from sparkcli.local_arguments import local_arguments
from sparkcli.local_settings import free_ui_port, packages_of, variables
from sparkcli.screen import Screen, Stopwatch
from sparkcli.synth import manifests_changed
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Job


@dataclass(frozen=True)
class LocalRun:
    """How to start main.py.

    Args:
        script: The job's main.py.
        arguments: What it receives.
        variables: Environment variables of the process.
        folder: Its working folder; reports and inputs lie in it too.
        run_key: Names the run.
        ui_port: Port of the Spark UI while it runs.
    """

    script: Path
    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(repr=False)
    folder: Path
    run_key: str
    ui_port: int

    def argv(self, *before_the_script: str) -> list[str]:
        """The command; what is given goes between Python and the script."""
        # -P: as on EMR, the folder of main.py is not where its imports are looked up.
        return [sys.executable, "-P", *before_the_script, str(self.script), *self.arguments]

    def report(self) -> dict[str, Any]:
        """The report that the run wrote; empty when it did not come that far."""
        written = sorted((self.folder / "reports").glob("*.json"))
        if not written:
            return {}
        report: dict[str, Any] = json.loads(written[-1].read_text())
        return report


def prepare(
    workspace: Workspace, screen: Screen, watch: Stopwatch, job: "Job", overrides: Overrides
) -> tuple[Cloud, LocalRun]:
    """Everything that a local run of `job` needs, from the last deploy to the laptop cloud.

    Brings the laptop cloud up only if it is down, lacks the job, or a manifest has changed.
    """
    cloud, deployed = _deployed(workspace, screen, watch, job.name)
    folder = _fresh_folder(workspace, job.name)
    run_key = f"dev-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}"
    arguments = local_arguments(deployed, overrides, folder=folder, run_key=run_key)
    request = deployed.request(arguments)
    plan = laptop_of(workspace).plan(request, deployed.application_id, folder=folder)
    ui_port = free_ui_port()
    settings = variables(
        plan,
        sources=[workspace.root / "spark_jobs", workspace.root / "engine", *packages_of(job)],
        contracts=_write_contracts(workspace, job, folder),
        ui_port=ui_port,
    )
    return cloud, LocalRun(job.entry_point, arguments, settings, folder, run_key, ui_port)


def _deployed(
    workspace: Workspace, screen: Screen, watch: Stopwatch, job: str
) -> tuple[Cloud, DeployedJob]:
    try:
        cloud = connect(workspace)
        found = None if manifests_changed(workspace) else deployed_job(cloud, job)
    except CommandError:
        found = None
    if found is None:
        cloud = bring_up(workspace, screen, watch).cloud
        found = deployed_job(cloud, job)
    if found is None:
        raise OperationError(
            f"{job} has no state machine in the laptop cloud after a deploy.",
            next_command=f"./sparkrail check {job}",
        )
    return cloud, found


def _fresh_folder(workspace: Workspace, job: str) -> Path:
    folder = workspace.state / "dev" / job
    # Not the whole folder: a process that stands by works in it.
    for name in ("inputs", "reports"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "reports").mkdir(parents=True)
    return folder


def _write_contracts(workspace: Workspace, job: "Job", folder: Path) -> Path:
    from sparkmodel.packaging import contracts_json  # noqa: PLC0415

    path = folder / "contracts.json"
    path.write_text(contracts_json(job, workspace.project.tables, workspace.project.topics))
    return path
