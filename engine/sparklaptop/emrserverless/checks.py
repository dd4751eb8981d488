"""What the laptop cloud refuses of a request: what EMR Serverless would, and what is not built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sparklaptop.emrserverless.problems import InvalidError

_LABEL = re.compile(r"emr-\d+\.\d+\.\d+(-\d{8})?|emr-spark-\d+\.\d+(\.\d+)?(-[\w.-]+)?")
_ROLE = re.compile(r"arn:aws[a-zA-Z0-9-]*:iam::\d{12}:role/[!-~]+")
_LEAST_TIMEOUT_MINUTES = 5
_MOST_FAILED_PER_HOUR = 10


def check_application(description: Mapping[str, Any]) -> None:
    """Refuse an application that could not run here.

    Raises:
        InvalidError: Says why.
    """
    label = str(description["releaseLabel"])
    if not _LABEL.fullmatch(label):
        raise InvalidError(f"Release label {label} does not exist")
    if str(description["type"]).upper() != "SPARK":
        raise InvalidError(f"the laptop cloud runs SPARK alone, not {description['type']}")


def check_request(request: Mapping[str, Any]) -> None:
    """Refuse a StartJobRun.

    Raises:
        InvalidError: Says why.
    """
    if "sparkSubmit" not in (request.get("jobDriver") or {}):
        raise InvalidError("jobDriver.sparkSubmit is missing: the laptop cloud runs Spark alone")
    role = str(request.get("executionRoleArn") or "")
    if not _ROLE.fullmatch(role):
        raise InvalidError(f"executionRoleArn is {role!r}, which is not the ARN of a role")
    if (request.get("mode") or "BATCH") == "STREAMING":
        _check_stream(request)
    else:
        _check_batch(request)


def _check_stream(request: Mapping[str, Any]) -> None:
    policy = request.get("retryPolicy") or {}
    if "maxAttempts" in policy:
        raise InvalidError("retryPolicy.maxAttempts is for BATCH mode alone")
    most = int(policy.get("maxFailedAttemptsPerHour", 1))
    if not 1 <= most <= _MOST_FAILED_PER_HOUR:
        raise InvalidError(
            f"retryPolicy.maxFailedAttemptsPerHour must be from 1 to {_MOST_FAILED_PER_HOUR}"
        )
    if int(request.get("executionTimeoutMinutes") or 0):
        raise InvalidError("executionTimeoutMinutes must be 0 or absent in STREAMING mode")


def _check_batch(request: Mapping[str, Any]) -> None:
    policy = request.get("retryPolicy") or {}
    if "maxFailedAttemptsPerHour" in policy:
        raise InvalidError("retryPolicy.maxFailedAttemptsPerHour is for STREAMING mode alone")
    if policy.get("maxAttempts", 1) != 1:
        raise InvalidError(
            "retryPolicy.maxAttempts other than 1 is not built into the laptop cloud: retry in the "
            "state machine"
        )
    minutes = request.get("executionTimeoutMinutes")
    if minutes is not None and int(minutes) < _LEAST_TIMEOUT_MINUTES:
        raise InvalidError(f"RunTimeout must be at least {_LEAST_TIMEOUT_MINUTES} minutes.")
