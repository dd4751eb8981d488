"""One job as a pipeline."""

from __future__ import annotations

from aws_cdk import CfnResource
from constructs import Construct

from sparkmodel import Job
from sparkmodel.packaging import JobPackage
from sparkrail.jobs.batch import Batch, logical_suffix, with_suffix
from sparkrail.jobs.blueprint import job_resources
from sparkrail.jobs.code import Code
from sparkrail.packaging_assets.pyspark_package import PySparkPackage
from sparkrail.packaging_assets.shelf import Shelf
from sparkrail.platform import Platform


class SparkJob(Construct):
    """One job as a pipeline: its code, role and state machine, what starts it, what watches it.

    Args:
        job: What the manifest says; read it with `sparkmodel.load_project` or build it in Python.
        platform: The shared things that it may use; `Platform.of(environment, tables=...)` refers
            to a deployed one from any stack of its account and Region.
        application_id: Runs the job. Default: the team's application of the job's release and
            architecture.
        files: The job's files, packaged ahead. Default: they are packaged now.
        shelf: Where the job's code goes. Default: the stack's assets, which its role may then read
            one by one.
        batch: Makes the job's resources together with those of others; somebody must call its
            `make`. Default: they are made at once.

    Attributes:
        job: As given.
        platform: As given.
        package: The job's code.

    Raises:
        PackagingError: The job's files cannot be packaged; it says every reason.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        job: Job,
        platform: Platform,
        application_id: str | None = None,
        files: JobPackage | None = None,
        shelf: Shelf | None = None,
        batch: Batch | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.job = job
        self.platform = platform
        self.package = PySparkPackage(
            self,
            "Package",
            job=job,
            tables=platform.tables,
            topics=platform.topics,
            files=files,
            shelf=shelf,
        )
        resources = job_resources(
            job,
            platform,
            code=Code.of(self.package),
            application_id=application_id or platform.application(job),
        )
        self._batch = batch or Batch(self, "Resources")
        self._batch.add(with_suffix(resources, logical_suffix(job.name)))
        if batch is None:
            self._batch.make()

    @property
    def role(self) -> CfnResource:
        """The role that the job's code runs under."""
        return self.resource("Role")

    @property
    def machine(self) -> CfnResource:
        """The state machine."""
        return self.resource("Machine")

    def resource(self, name: str) -> CfnResource:
        """Find one of the job's resources, to change what has no setting of its own.

        Args:
            name: Policy, Role, MachinePolicy, MachineRole, Machine, FailedAlarm; with a trigger
                TriggerPolicy, TriggerRole and Schedule or Rule; with one of files FilesPolicy,
                FilesRole and FilesMachine. A stream has TriggerPolicy, TriggerRole, TickRole,
                EndedRule, DeployedRule, Watchdog, and the alarms LagAlarm, SilentAlarm, SlowAlarm,
                BehindAlarm and QuarantineAlarm.
        """
        return self._batch.get(f"{name}{logical_suffix(self.job.name)}")
