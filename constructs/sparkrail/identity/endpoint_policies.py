"""Policies of VPC endpoints. They name the account, never a resource of a later stack."""

from __future__ import annotations

from typing import Any

from sparkrail.identity.statements import Statement, document
from sparkrail.names import Names


def account_only(names: Names) -> dict[str, Any]:
    """Let only principals of the account through.

    Args:
        names: Of the environment.
    """
    return document([_principals(names)])


def spark_storage(names: Names) -> dict[str, Any]:
    """Let the account's principals through, and EMR Serverless where it keeps its own logs.

    Without the second statement the Spark UI and the managed logs vanish. (EMR Serverless guide,
    VPC access.)

    Args:
        names: Of the environment.
    """
    bucket = f"prod.{names.environment.region}.appinfo.src"
    service = {"aws:PrincipalServiceName": "emr-serverless.amazonaws.com"}
    spark_logs = {
        "Sid": "KeepSparkUi",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["s3:PutObject", "s3:PutObjectAcl"],
        "Resource": [names.bucket_arn(bucket), names.bucket_arn(bucket, "*")],
        "Condition": {"StringEquals": service},
    }
    return document([_principals(names), spark_logs])


def _principals(names: Names) -> Statement:
    return {
        "Sid": "OnlyThisAccount",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": names.environment.account}},
    }
