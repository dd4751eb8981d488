"""The machine of a streaming job: what it starts, and which version that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkmodel import Job
from sparkmodel.capacity import ApplicationKey
from sparkrail.jobs.application import application_kind
from sparkrail.jobs.code import ENTRY_POINT, Code, spark_submit
from sparkrail.packaging_assets.arguments import job_arguments
from sparkrail.streaming.desired import StreamRun, version
from sparkrail.streaming.reconciler import definition

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def stream_definition(job: Job, platform: Platform, code: Code) -> str:
    """Write the reconciler of a stream as JSON.

    Args:
        job: The stream.
        platform: Gives names.
        code: Says which packages and how many jars there are.
    """
    names = platform.names
    what = StreamRun(
        entry_point=ENTRY_POINT,
        spark_submit=spark_submit(job, code),
        arguments=job_arguments(job, names=names),
    )
    return definition(job, what, names=names)


def stream_version(job: Job, platform: Platform, code: Code, written: str) -> str:
    """Say which version of a stream this is.

    It does not change with the size of the application, or another stream beside this one would
    replace it.

    Args:
        job: The stream.
        platform: Gives the environment.
        code: The digest of its content decides.
        written: The definition.
    """
    kind = application_kind(ApplicationKey.of(job), platform.environment)
    return version(written, {"code": code.digest, "application": kind})
