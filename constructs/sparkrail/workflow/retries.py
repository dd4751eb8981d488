"""Which errors of which service are tried again, how often and how far apart.

Only errors that say nothing about the request are listed. Full jitter keeps two hundred machines
that failed together from returning together.
(reference: Step Functions guide, error handling; EMR Serverless endpoints and quotas.)
"""

from __future__ import annotations

from typing import Any


def _retrier(
    errors: list[str], *, seconds: int, attempts: int, at_most_seconds: int = 60
) -> dict[str, Any]:
    return {
        "ErrorEquals": errors,
        "IntervalSeconds": seconds,
        "MaxAttempts": attempts,
        "BackoffRate": 2,
        "MaxDelaySeconds": at_most_seconds,
        "JitterStrategy": "FULL",
    }


def _spelt(services: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    return [f"{service}.{name}" for service in services for name in names]


_LEDGER_ERRORS = _spelt(
    ("DynamoDb",),
    (
        "InternalServerErrorException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceededException",
        "SdkClientException",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    ),
)

LEDGER = [_retrier(_LEDGER_ERRORS, seconds=1, attempts=6)]
"""The run ledger, by the SDK integration, which spells DynamoDb so."""

TRANSACTION = [
    _retrier(
        [*_LEDGER_ERRORS, "DynamoDb.TransactionCanceledException"],
        seconds=1,
        attempts=6,
        at_most_seconds=10,
    )
]
"""A transaction whose conditions hold: it is cancelled only by others that touch the same rows."""

SPARK = [
    _retrier(
        _spelt(
            ("EMRServerless", "EmrServerless"),
            (
                "InternalServerException",
                "SdkClientException",
                "ThrottlingException",
            ),
        ),
        seconds=10,
        attempts=10,
        at_most_seconds=120,
    ),
    _retrier(
        _spelt(("EMRServerless", "EmrServerless"), ("ConflictException",)), seconds=30, attempts=5
    ),
]
"""Starting a run. 200 starts at one moment need about three minutes at one start per second."""

RUNS = [
    _retrier(
        _spelt(
            ("EmrServerless",),
            ("InternalServerException", "SdkClientException", "ThrottlingException"),
        ),
        seconds=2,
        attempts=8,
    )
]
"""Looking at runs and cancelling them, which harms nobody when it happens twice."""

BROKERS = [
    _retrier(
        _spelt(
            ("Kafka",),
            (
                "InternalServerErrorException",
                "SdkClientException",
                "ServiceUnavailableException",
                "TooManyRequestsException",
            ),
        ),
        seconds=2,
        attempts=8,
    )
]
"""Asking MSK where the brokers are. (Amazon MSK API, GetBootstrapBrokers.)"""

STATES = [
    _retrier(
        _spelt(("Sfn",), ("SdkClientException", "ThrottlingException", "InternalFailureException")),
        seconds=1,
        attempts=6,
    )
]
"""Looking at executions and stopping them."""

NO_SUCH_FILE = ("S3.NoSuchKeyException", "S3.NoSuchKey")

REPORT = [
    {"ErrorEquals": list(NO_SUCH_FILE), "MaxAttempts": 0},
    _retrier(["States.TaskFailed"], seconds=1, attempts=3),
]
"""Reading a report. One that is not there will not come."""

EVENTS = [_retrier(["States.TaskFailed"], seconds=2, attempts=6)]
"""Announcing and telling, which harm nobody when they happen twice."""

FILES = [
    _retrier(
        _spelt(
            ("S3",),
            ("InternalErrorException", "S3Exception", "SdkClientException", "SlowDownException"),
        ),
        seconds=1,
        attempts=6,
    )
]
"""Writing a file whose name is the same each time. S3Exception is what has no name of its own."""

STARTED_ALREADY = "StepFunctions.ExecutionAlreadyExistsException"

STARTS = [
    _retrier(
        _spelt(
            ("StepFunctions", "Sfn"),
            (
                "InternalServerException",
                "SdkClientException",
                "ServiceUnavailableException",
                "ThrottlingException",
            ),
        ),
        seconds=2,
        attempts=8,
    )
]
"""Starting an execution by a name of its own, which happens once however often it is asked for;
and asking what became of it."""
