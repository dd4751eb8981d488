"""EMR releases as data: what is on the image of each, per platform.

One table, keyed by release label. A fact that no AWS page states, or that only one public source
reports, is named in the release's `unsure`; a first real deployment corrects it here and nowhere
else. Sources: the release pages of the EMR guide and of the EMR Serverless guide; the guide of
Amazon Linux 2023 (glibc); a survey of public images (Python).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sparkmodel.base import Text
from sparkmodel.problems import listed, nearest, refuse

Platform = Literal["emr-serverless"]
Feature = Literal[
    "ansi_default",
    "image_validation",
    "merged_spark_defaults",
    "s3a_default",
    "serverless_storage",
    "serverless_storage_1tb",
]
"""What differs between releases.

- `ansi_default`: Spark's ANSI mode is on unless it is set.
- `image_validation`: a custom image of another release is rejected.
- `merged_spark_defaults`: a job's `spark-defaults` are merged into the application's, key by key;
  before, they replaced them.
- `s3a_default`: `s3://` is read and written by S3A.
- `serverless_storage`: shuffle without disks to size, up to 200 GB; `_1tb`: up to 1 TB.
"""

ICEBERG_JAR = "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar"
"""Where the image has Iceberg, for Spark 3 and 4 alike. Never ship another one."""

KINESIS_JAR = (
    "/usr/share/aws/kinesis/spark-sql-kinesis/lib/spark-streaming-sql-kinesis-connector.jar"
)

MSK_AUTH = "software.amazon.msk:aws-msk-iam-auth:2.3.6"
"""Signs in to MSK with IAM; built for Java 17. The jar with the classifier `all`."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What one EMR release has on one platform.

    Args:
        label: As AWS writes it, such as `emr-7.14.0`.
        platform: Where the image runs.
        spark: Version of Spark.
        scala: Binary version of Scala, the suffix of jar names.
        python: The Python that runs PySpark when a job brings none.
        pythons: Every Python on the image, which an archive may use.
        java: The default Java.
        glibc: Version of the C library, which limits the wheels that work.
        iceberg: Version of Iceberg.
        bundled: Jars on the image that a job may use, by short name, as paths.
        connectors: Jars that are not on the image, by short name: all the coordinates needed.
        features: What differs between releases.
        unsure: Names of fields and features above that are not from AWS's own pages.
    """

    label: str
    platform: Platform
    spark: str
    scala: str
    python: str
    pythons: tuple[str, ...]
    java: int
    glibc: tuple[int, int]
    iceberg: str
    bundled: Mapping[str, str]
    connectors: Mapping[str, tuple[str, ...]]
    features: frozenset[Feature]
    unsure: frozenset[str] = frozenset()

    @property
    def spark_line(self) -> str:
        """Spark's minor line: "3.5" or "4.1"."""
        return self.spark.rpartition(".")[0]


_IMAGE = MappingProxyType({"iceberg": ICEBERG_JAR, "kinesis": KINESIS_JAR})
_AL2023_GLIBC = (2, 34)


def _connectors(
    scala: str, spark: str, token_provider: str, kafka: str, pool: str
) -> Mapping[str, tuple[str, ...]]:
    kafka_closure = (
        f"org.apache.spark:spark-sql-kafka-0-10_{scala}:{spark}",
        f"org.apache.spark:spark-token-provider-kafka-0-10_{scala}:{token_provider}",
        f"org.apache.kafka:kafka-clients:{kafka}",
        f"org.apache.commons:commons-pool2:{pool}",
    )
    avro = (f"org.apache.spark:spark-avro_{scala}:{spark}",)
    return MappingProxyType({"kafka": kafka_closure, "msk_auth": (MSK_AUTH,), "avro": avro})


# Maven Central has the whole set for 3.5.7, not for 3.5.6 and 3.5.8; the line is compatible.
_CONNECTORS_35 = _connectors("2.12", "3.5.7", "3.5.7", "3.4.1", "2.11.1")
_CONNECTORS_40 = _connectors("2.13", "4.0.2", "4.0.0", "3.9.1", "2.12.0")
# The token provider stops at 4.0.0; it was run with 4.1.1.
_CONNECTORS_41 = _connectors("2.13", "4.1.1", "4.0.0", "3.9.1", "2.12.1")

_TABLE = (
    Release(
        label="emr-7.12.0",
        platform="emr-serverless",
        spark="3.5.6",
        scala="2.12",
        python="3.9",
        pythons=("3.9",),
        java=17,
        glibc=_AL2023_GLIBC,
        iceberg="1.10.0",
        bundled=_IMAGE,
        connectors=_CONNECTORS_35,
        features=frozenset({"s3a_default", "serverless_storage"}),
        unsure=frozenset({"python", "pythons"}),
    ),
    Release(
        label="emr-7.13.0",
        platform="emr-serverless",
        spark="3.5.6",
        scala="2.12",
        python="3.11",
        pythons=("3.9", "3.11"),
        java=17,
        glibc=_AL2023_GLIBC,
        iceberg="1.10.0",
        bundled=_IMAGE,
        connectors=_CONNECTORS_35,
        features=frozenset({"s3a_default", "serverless_storage"}),
        unsure=frozenset({"iceberg"}),
    ),
    Release(
        label="emr-7.14.0",
        platform="emr-serverless",
        spark="3.5.8",
        scala="2.12",
        python="3.11",
        pythons=("3.9", "3.11"),
        java=17,
        glibc=_AL2023_GLIBC,
        iceberg="1.10.1",
        bundled=_IMAGE,
        connectors=_CONNECTORS_35,
        features=frozenset(
            {"image_validation", "s3a_default", "serverless_storage", "serverless_storage_1tb"}
        ),
        unsure=frozenset({"iceberg"}),
    ),
    Release(
        label="emr-spark-8.0.0",
        platform="emr-serverless",
        spark="4.0.2",
        scala="2.13",
        python="3.11",
        pythons=("3.11", "3.12", "3.13"),
        java=17,
        glibc=_AL2023_GLIBC,
        iceberg="1.10.1",
        bundled=_IMAGE,
        connectors=_CONNECTORS_40,
        features=frozenset({"ansi_default", "s3a_default", "serverless_storage"}),
        unsure=frozenset({"bundled", "connectors", "glibc"}),
    ),
    Release(
        label="emr-spark-8.1.0",
        platform="emr-serverless",
        spark="4.1.1",
        scala="2.13",
        python="3.11",
        pythons=("3.11", "3.12", "3.13"),
        java=17,
        glibc=_AL2023_GLIBC,
        iceberg="1.11.0",
        bundled=_IMAGE,
        connectors=_CONNECTORS_41,
        features=frozenset(
            {
                "ansi_default",
                "image_validation",
                "merged_spark_defaults",
                "s3a_default",
                "serverless_storage",
                "serverless_storage_1tb",
            }
        ),
        unsure=frozenset({"bundled", "glibc", "python", "pythons"}),
    ),
)

RELEASES: Mapping[str, Release] = MappingProxyType({each.label: each for each in _TABLE})
"""The releases of EMR Serverless, by label."""

PLATFORMS: Mapping[Platform, Mapping[str, Release]] = MappingProxyType({"emr-serverless": RELEASES})
"""The releases of every platform, by label."""

DEFAULT_RELEASE = "emr-7.14.0"


def release(label: str, *, platform: Platform = "emr-serverless") -> Release:
    """Look up a release.

    Args:
        label: As AWS writes it, such as `emr-7.14.0`.
        platform: Where the job runs.

    Raises:
        ValueError: Nothing is known of such a release; the message lists those that are known.
    """
    try:
        return PLATFORMS[platform][label]
    except KeyError:
        near = nearest(label, PLATFORMS[platform])
        hint = f' Did you mean "{near}"?' if near else ""
        raise ValueError(f'"{label}" {_unknown(platform)}{hint}') from None


def _unknown(platform: Platform) -> str:
    return f"is not a release that we know. Releases: {listed(PLATFORMS[platform])}."


def _known(label: str) -> str:
    if label not in RELEASES:
        raise refuse(_unknown("emr-serverless"), nearest=nearest(label, RELEASES))
    return label


ReleaseLabel = Annotated[
    Text, AfterValidator(_known), Field(json_schema_extra={"enum": list(RELEASES)})
]
Architecture = Literal["x86_64", "arm64"]
