"""What spark-submit is told: everything, every time.

A release before emr-spark-8.1 replaces an application's spark-defaults as a whole when a job brings
its own, so nothing is left to the application. (EMR Serverless guide, default configurations.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sparkmodel import Job, Release
from sparkrail.packaging_assets.stream_conf import stream_conf

CATALOG = "spark.sql.catalog.lake"
ENVIRONMENT_PYTHON = "./environment/bin/python"


def spark_submit_parameters(
    job: Job,
    *,
    release: Release,
    warehouse: str,
    key_arn: str,
    code: str,
    environment: str | None,
    jars: Sequence[str],
) -> str:
    """Write the parameters of spark-submit.

    Args:
        job: Says how large it is and what else to set.
        release: What is on the image.
        warehouse: Where tables go that name no place, as s3:// URI.
        key_arn: Encrypts what is written to the lake.
        code: The job's code zip.
        environment: The archive with the job's Python packages; None when it brings none.
        jars: What the job brings.
    """
    conf = {
        **_workers(job),
        **_ENGINE,
        **_lake(warehouse, key_arn),
        "spark.jars": ",".join([release.bundled["iceberg"], *jars]),
        **(_python(environment) if environment else {}),
        **stream_conf(job),
        **job.spark.conf,
    }
    options = [f"--conf {key}={value}" for key, value in conf.items()]
    return " ".join([*options, f"--py-files {code}"])


def _workers(job: Job) -> Mapping[str, str]:
    """Sizes. Set in code they would be ignored, and without a cap one job takes all there is."""
    spark = job.spark
    return {
        "spark.driver.cores": str(spark.driver.vcpu),
        "spark.driver.memory": f"{spark.driver.heap_mib}m",
        "spark.emr-serverless.driver.disk": f"{spark.driver.disk_gb}G",
        "spark.executor.cores": str(spark.executor.vcpu),
        "spark.executor.memory": f"{spark.executor.heap_mib}m",
        "spark.emr-serverless.executor.disk": f"{spark.executor.disk_gb}G",
        "spark.executor.instances": "1",
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.initialExecutors": "1",
        "spark.dynamicAllocation.maxExecutors": str(spark.max_executors),
    }


_ENGINE = {
    "spark.sql.session.timeZone": "UTC",
    # Spark 4 turns it on by itself; the same job must behave alike on both lines.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.enabled": "true",
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "128m",
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.io.compression.codec": "zstd",
    "spark.io.encryption.enabled": "true",
    "spark.ssl.internode.enabled": "true",
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.hadoop.hive.metastore.client.factory.class": (
        "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"
    ),
}


def _lake(warehouse: str, key_arn: str) -> Mapping[str, str]:
    return {
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        f"{CATALOG}.type": "glue",
        f"{CATALOG}.warehouse": warehouse,
        f"{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{CATALOG}.s3.sse.type": "kms",
        f"{CATALOG}.s3.sse.key": key_arn,
    }


def _python(archive: str) -> Mapping[str, str]:
    """Spark's own keys and the variables that EMR Serverless documents; either alone has failed."""
    return {
        "spark.archives": f"{archive}#environment",
        "spark.pyspark.python": ENVIRONMENT_PYTHON,
        "spark.pyspark.driver.python": ENVIRONMENT_PYTHON,
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": ENVIRONMENT_PYTHON,
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": ENVIRONMENT_PYTHON,
        "spark.executorEnv.PYSPARK_PYTHON": ENVIRONMENT_PYTHON,
    }
