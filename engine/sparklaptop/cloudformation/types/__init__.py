"""Every resource type that the laptop cloud makes; importing this package fills the table."""

from sparklaptop.cloudformation.types import (
    dynamodb,
    emr_serverless,
    events,
    glue,
    iam,
    kms,
    logs,
    recorded,
    s3,
    scheduler,
    sns,
    sqs,
    ssm,
    states,
)

__all__ = [
    "dynamodb",
    "emr_serverless",
    "events",
    "glue",
    "iam",
    "kms",
    "logs",
    "recorded",
    "s3",
    "scheduler",
    "sns",
    "sqs",
    "ssm",
    "states",
]
