"""The resources of one job as CloudFormation writes them; a pure function of what it is given.

`${...}` in a machine's definition is filled in by the deploy, so that the definition itself is the
same wherever it runs and reads well in a diff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkrail.control.wake import queue_resources
from sparkrail.fragment import Resource, Resources
from sparkrail.identity.job_role import job_statements
from sparkrail.identity.machine_role import machine_statements
from sparkrail.identity.reconciler_role import reconciler_statements
from sparkrail.identity.statements import managed_policy, role, trust
from sparkrail.jobs.alarm import failed_alarm
from sparkrail.jobs.code import ENTRY_POINT, Code, spark_submit, substitutions
from sparkrail.jobs.stream import stream_definition, stream_version
from sparkrail.jobs.trigger import trigger_resources
from sparkrail.observability.stream_alarms import stream_alarms
from sparkrail.packaging_assets.arguments import job_arguments
from sparkrail.streaming.wakers import waker_resources
from sparkrail.workflow.asl import literal
from sparkrail.workflow.definition import BatchRun, definition
from sparkrail.workflow.machine import machine

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def job_resources(job: Job, platform: Platform, *, code: Code, application_id: str) -> Resources:
    """Write the resources of a job.

    Args:
        job: What to make a pipeline of.
        platform: What it may use.
        code: Where its code is.
        application_id: Runs it.
    """
    names, shared = platform.names, platform.room(job.team).policies
    calls = reconciler_statements if job.stream else machine_statements
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
            f"Calls that the machine of {job.name} makes",
            calls(job, platform, application_id=application_id),
        ),
        "MachineRole": role(
            names.role(job.name, "machine"),
            trust_policy=trust(
                "states.amazonaws.com", names=names, source_arn=names.machine_arn(job.name)
            ),
            policies=[{"Ref": "MachinePolicy"}, shared["machines"]],
        ),
        "Machine": _machine(job, platform, code=code, application_id=application_id),
        **(_stream(job, platform) if job.stream else _batch(job, platform)),
        "FailedAlarm": failed_alarm(job, platform),
    }


def _batch(job: Job, platform: Platform) -> Resources:
    return {**trigger_resources(job, platform), **queue_resources(job, platform)}


def _stream(job: Job, platform: Platform) -> Resources:
    return {**waker_resources(job, platform), **stream_alarms(job, platform)}


def _machine(job: Job, platform: Platform, *, code: Code, application_id: str) -> Resource:
    written = _definition(job, platform, code)
    more = {"Version": stream_version(job, platform, code, written)} if job.stream else {}
    return machine(
        platform.names.machine(job.name),
        written,
        substitutions=substitutions(written, platform, code, application_id, **more),
        role="MachineRole",
        logs_arn=platform.room(job.team).machine_logs,
        key_arn=platform.keys.messages,
        # The job's role is passed, not referred to, and must be there before the first run.
        DependsOn=["Role"],
    )


def _definition(job: Job, platform: Platform, code: Code) -> str:
    key = (job.name, code.environment is not None, len(code.jars))
    if key not in platform.definitions:
        write = stream_definition if job.stream else _batch_definition
        platform.definitions[key] = write(job, platform, code)
    return platform.definitions[key]


def _batch_definition(job: Job, platform: Platform, code: Code) -> str:
    names = platform.names
    arguments = [literal(each) for each in job_arguments(job, names=names)]
    what = BatchRun(
        entry_point=ENTRY_POINT, spark_submit=spark_submit(job, code), arguments=arguments
    )
    return definition(job, what, names=names)
