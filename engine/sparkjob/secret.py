"""Read a secret of AWS Secrets Manager at run time, so that it is in no argument, conf or log."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from sparkjob.errors import NotAvailable

_JAVA_CLIENT = "software.amazon.awssdk.services.secretsmanager.SecretsManagerClient"


def read_secret(spark: SparkSession, secret_id: str) -> str:
    """Read the current text of a secret, by boto3 or else by the JVM's AWS SDK.

    Raises:
        NotAvailable: Neither of the two is there.
    """
    try:
        import boto3  # noqa: PLC0415  not on every image
    except ImportError:
        return _by_jvm(spark, secret_id)
    client: Any = boto3.client("secretsmanager")
    return str(client.get_secret_value(SecretId=secret_id)["SecretString"])


def _by_jvm(spark: SparkSession, secret_id: str) -> str:
    jvm = spark._jvm
    try:
        loader = jvm.Thread.currentThread().getContextClassLoader()
        loader.loadClass(_JAVA_CLIENT)
    except Exception:  # its type depends on the version of py4j
        raise NotAvailable(
            "reading a secret needs boto3, or the AWS SDK for Java with Secrets Manager. "
            "Add boto3 to the job's requirements.in and lock it."
        ) from None
    sdk = jvm.software.amazon.awssdk.services.secretsmanager
    request = sdk.model.GetSecretValueRequest.builder().secretId(secret_id).build()
    return str(sdk.SecretsManagerClient.create().getSecretValue(request).secretString())
