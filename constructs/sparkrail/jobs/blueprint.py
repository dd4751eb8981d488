"""The resources of one job as CloudFormation writes them; a pure function of what it is given.

`${...}` in a machine's definition is filled in by the deploy, so that the definition itself is the
same wherever it runs and reads well in a diff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkmodel import Job, release
from sparkrail.control.wake import queue_resources
from sparkrail.fragment import Resource, Resources
from sparkrail.identity.job_role import job_statements
from sparkrail.identity.machine_role import machine_statements
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.jobs.alarm import failed_alarm
from sparkrail.jobs.trigger import trigger_resources
from sparkrail.packaging_assets.arguments import job_arguments
from sparkrail.packaging_assets.pyspark_package import PySparkPackage
from sparkrail.packaging_assets.spark_submit import spark_submit_parameters
from sparkrail.workflow.asl import literal
from sparkrail.workflow.definition import BatchRun, definition
from sparkrail.workflow.machine import machine

if TYPE_CHECKING:
    from sparkrail.platform import Platform


@dataclass(frozen=True, kw_only=True)
class Code:
    """Where a job's code is, as s3:// URIs.

    Args:
        entry_point: The file that Spark runs.
        code: The code zip.
        environment: The archive of Python packages; None when the job brings none.
        jars: What the job brings.
        readable: ARNs of all of these, for the job's role.
    """

    entry_point: str
    code: str
    environment: str | None
    jars: Sequence[str]
    readable: Sequence[str]

    @classmethod
    def of(cls, package: PySparkPackage) -> Code:
        """Say where a package was put."""
        return cls(
            entry_point=package.entry_point,
            code=package.code,
            environment=package.environment,
            jars=package.jars,
            readable=package.readable,
        )


def job_resources(job: Job, platform: Platform, *, code: Code, application_id: str) -> Resources:
    """Write the resources of a job.

    Args:
        job: What to make a pipeline of.
        platform: What it may use.
        code: Where its code is.
        application_id: Runs it.
    """
    names, shared = platform.names, platform.room(job.team).policies
    machine_role = machine_statements(job, platform, application_id=application_id)
    return {
        "Policy": managed_policy(
            f"What {job.name} may do", job_statements(job, platform, code=code.readable)
        ),
        "Role": role(
            names.role(job.name, "job"),
            trust_policy=trust(
                "emr-serverless.amazonaws.com",
                names=names,
                source_arn=names.arn("emr-serverless", "/applications/*"),
            ),
            policies=[{"Ref": "Policy"}, shared["jobs"]],
        ),
        "MachinePolicy": managed_policy(
            f"Calls that the machine of {job.name} makes", machine_role
        ),
        "MachineRole": role(
            names.role(job.name, "machine"),
            trust_policy=trust(
                "states.amazonaws.com", names=names, source_arn=names.machine_arn(job.name)
            ),
            policies=[{"Ref": "MachinePolicy"}, shared["machines"]],
        ),
        "Machine": _machine(job, platform, code=code, application_id=application_id),
        **trigger_resources(job, platform),
        **queue_resources(job, platform),
        "FailedAlarm": failed_alarm(job, platform),
    }


def _machine(job: Job, platform: Platform, *, code: Code, application_id: str) -> Resource:
    written = _definition(job, platform, code)
    known = _substitutions(platform, code, application_id)
    return machine(
        platform.names.machine(job.name),
        written,
        substitutions={name: each for name, each in known.items() if f"${{{name}}}" in written},
        role="MachineRole",
        logs_arn=platform.room(job.team).machine_logs,
        key_arn=platform.keys.messages,
        # The job's role is passed, not referred to, and must be there before the first run.
        DependsOn=["Role"],
    )


def _definition(job: Job, platform: Platform, code: Code) -> str:
    key = (job.name, code.environment is not None, len(code.jars))
    if key not in platform.definitions:
        platform.definitions[key] = _write_definition(job, platform, code)
    return platform.definitions[key]


def _write_definition(job: Job, platform: Platform, code: Code) -> str:
    names = platform.names
    spark_submit = spark_submit_parameters(
        job,
        release=release(job.spark.release),
        warehouse="s3://${LakeBucketName}/warehouse",
        key_arn="${DataKeyArn}",
        code="${Code}",
        environment="${Environment}" if code.environment else None,
        jars=[f"${{{name}}}" for name in _jar_names(code)],
    )
    arguments = [literal(each) for each in job_arguments(job, names=names)]
    what = BatchRun(entry_point="${EntryPoint}", spark_submit=spark_submit, arguments=arguments)
    return definition(job, what, names=names)


def _substitutions(platform: Platform, code: Code, application_id: str) -> dict[str, str]:
    return {
        "ApplicationId": application_id,
        "EntryPoint": code.entry_point,
        "Code": code.code,
        **({"Environment": code.environment} if code.environment else {}),
        **dict(zip(_jar_names(code), code.jars, strict=True)),
        "DataKeyArn": platform.keys.data,
        "LakeBucketName": platform.buckets.lake,
        "LedgerName": platform.ledger,
        "LogsBucketName": platform.buckets.logs,
        "RawBucketName": platform.buckets.raw,
    }


def _jar_names(code: Code) -> list[str]:
    """Names of placeholders; letters only, so that they cannot be confused with slots."""
    return [
        f"Jar{chr(ord('A') + index // 26)}{chr(ord('A') + index % 26)}"
        for index, _ in enumerate(code.jars)
    ]
