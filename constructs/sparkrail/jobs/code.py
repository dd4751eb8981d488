"""Where a job's code is, and what fills the placeholders of its machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkmodel import Job, release
from sparkrail.kafka.brokers import CLUSTER
from sparkrail.packaging_assets.pyspark_package import PySparkPackage
from sparkrail.packaging_assets.spark_submit import spark_submit_parameters

if TYPE_CHECKING:
    from sparkrail.platform import Platform

ENTRY_POINT = "${EntryPoint}"


@dataclass(frozen=True, kw_only=True)
class Code:
    """Where a job's code is, as s3:// URIs.

    Args:
        entry_point: The file that Spark runs.
        code: The code zip.
        environment: The archive of Python packages; None when the job brings none.
        jars: What the job brings.
        readable: ARNs of all of these, for the job's role.
        digest: Of the content of all of these. Default: unknown.
    """

    entry_point: str
    code: str
    environment: str | None
    jars: Sequence[str]
    readable: Sequence[str]
    digest: str = ""

    @classmethod
    def of(cls, package: PySparkPackage) -> Code:
        """Say where a package was put."""
        return cls(
            entry_point=package.entry_point,
            code=package.code,
            environment=package.environment,
            jars=package.jars,
            readable=package.readable,
            digest=package.digest,
        )


def spark_submit(job: Job, code: Code) -> str:
    """Write the parameters of spark-submit, with placeholders for what the deploy fills in.

    Args:
        job: Says how large it is and what else to set.
        code: Says which packages and how many jars there are.
    """
    return spark_submit_parameters(
        job,
        release=release(job.spark.release),
        warehouse="s3://${LakeBucketName}/warehouse",
        key_arn="${DataKeyArn}",
        code="${Code}",
        environment="${Environment}" if code.environment else None,
        jars=[f"${{{name}}}" for name in _jar_names(code)],
    )


def substitutions(
    written: str, platform: Platform, code: Code, application_id: str, **more: str
) -> dict[str, str]:
    """List the placeholders of a machine and what the deploy fills them with.

    Args:
        written: The definition.
        platform: Gives buckets, keys, ledger and the Kafka cluster.
        code: Where the job's code is.
        application_id: Runs it.
        more: Placeholders of this machine alone. Default: none.
    """
    known = {
        "ApplicationId": application_id,
        "EntryPoint": code.entry_point,
        "Code": code.code,
        **({"Environment": code.environment} if code.environment else {}),
        **dict(zip(_jar_names(code), code.jars, strict=True)),
        "CheckpointsBucketName": platform.buckets.checkpoints,
        "DataKeyArn": platform.keys.data,
        **({CLUSTER: platform.kafka} if platform.kafka else {}),
        "LakeBucketName": platform.buckets.lake,
        "LedgerName": platform.ledger,
        "LogsBucketName": platform.buckets.logs,
        "RawBucketName": platform.buckets.raw,
        **more,
    }
    return {name: each for name, each in known.items() if f"${{{name}}}" in written}


def _jar_names(code: Code) -> list[str]:
    """Names of placeholders; letters only, so that they cannot be confused with slots."""
    return [
        f"Jar{chr(ord('A') + index // 26)}{chr(ord('A') + index % 26)}"
        for index, _ in enumerate(code.jars)
    ]
