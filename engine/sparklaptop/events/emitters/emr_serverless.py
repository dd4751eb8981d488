"""EMR Serverless' state changes.

(EMR Serverless guide, automating with EventBridge.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sparklaptop.emrserverless.runs import JobRun
from sparklaptop.events.router import Router

_SOURCE = "aws.emr-serverless"


def run_changed(router: Router, run: JobRun) -> None:
    """Tell of the state that a run has just entered."""
    before = run.history[-2][0] if len(run.history) > 1 else None
    state, moment = run.history[-1]
    detail = {
        "jobRunId": run.id,
        "jobRunName": run.request.get("name"),
        "applicationId": run.application["applicationId"],
        "arn": run.arn,
        "releaseLabel": run.application["releaseLabel"],
        "state": state,
        "previousState": before,
        "createdBy": run.request["executionRoleArn"],
        "updatedAt": _text(moment),
        "createdAt": _text(run.created_at),
    }
    known = {name: value for name, value in detail.items() if value is not None}
    router.emit(_SOURCE, "EMR Serverless Job Run State Change", known, region=_region(run.arn))
    if run.past and moment == run.attempt_created_at:
        _tried_again(router, run, known)


def _tried_again(router: Router, run: JobRun, known: Mapping[str, Any]) -> None:
    failed = run.past[-1]
    detail = {
        **{name: value for name, value in known.items() if name not in ("state", "previousState")},
        "previousAttempt": failed.number,
        "previousAttemptState": "FAILED",
        "previousAttemptCreatedAt": _text(failed.created_at),
        "previousAttemptEndedAt": _text(failed.ended_at),
        "newAttempt": run.attempt,
        "newAttemptCreatedAt": _text(run.attempt_created_at),
    }
    router.emit(_SOURCE, "EMR Serverless Job Run Retry", detail, region=_region(run.arn))


def application_changed(router: Router, application: Mapping[str, Any]) -> None:
    """Tell of the state that an application has just entered.

    Args:
        router: Where to.
        application: As GetApplication shows it.
    """
    stop = application["autoStopConfiguration"]
    detail = {
        "applicationId": application["applicationId"],
        "applicationName": application.get("name", ""),
        "arn": application["arn"],
        "releaseLabel": application["releaseLabel"],
        "state": application["state"],
        "type": application["type"].upper(),
        "createdAt": _text(application["createdAt"]),
        "updatedAt": _text(application["updatedAt"]),
        "autoStopConfig": {
            "enabled": stop.get("enabled", True),
            "idleTimeout": stop.get("idleTimeoutMinutes", 15),
        },
        "autoStartConfig": {"enabled": application["autoStartConfiguration"].get("enabled", True)},
    }
    kind = "EMR Serverless Application State Change"
    router.emit(_SOURCE, kind, detail, region=_region(application["arn"]))


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
