"""Every resource type that the laptop cloud makes; importing this package fills the table."""

from sparklaptop.cloudformation.types import (
    cloudwatch,
    dynamodb,
    emr_serverless,
    events,
    glue,
    iam,
    kms,
    logs,
    msk,
    recorded,
    s3,
    scheduler,
    sns,
    sqs,
    ssm,
    states,
)

__all__ = [
    "cloudwatch",
    "dynamodb",
    "emr_serverless",
    "events",
    "glue",
    "iam",
    "kms",
    "logs",
    "msk",
    "recorded",
    "s3",
    "scheduler",
    "sns",
    "sqs",
    "ssm",
    "states",
]
