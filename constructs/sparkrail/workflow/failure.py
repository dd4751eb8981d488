"""Why an attempt failed, in words that a person can act on.

Three may know it: the driver, in its report; the service, in the run's state details; or nobody
but Step Functions. The first that does is heard.
"""

from __future__ import annotations

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, choose, note, present, task, text_at
from sparkrail.workflow.ledger_items import from_path, run_key, update
from sparkrail.workflow.report import get_report

_REPORTED = "$.failure.report.error"
_DENIED = "*AccessDenied*"
_DETAILS = "$.failure.details.StateDetails"


def cause(job: Job, *, queue_minutes: int, then: str) -> States:
    """Find the cause of a failed attempt and whether another may succeed.

    Args:
        job: What ran.
        queue_minutes: How long the application lets a run wait, in minutes.
        then: The next state; `$.cause` then has `error`, `message` and `retryable`.
    """
    return {
        "FailureReport": task(
            "aws-sdk:s3:getObject",
            get_report(job),
            then="DriverSaysWhy",
            keep="$.failure",
            select={"report.$": "States.StringToJson($.Body)"},
            retry=retries.REPORT,
            catch=[caught("ServiceSaysWhy", keep="$.failure")],
        ),
        "DriverSaysWhy": choose(
            {
                "And": [*text_at(f"{_REPORTED}.message"), present(f"{_REPORTED}.retryable")],
                "Next": "DriverCause",
            },
            otherwise="ServiceSaysWhy",
        ),
        "DriverCause": _cause(
            {"message.$": f"{_REPORTED}.message", "retryable.$": f"{_REPORTED}.retryable"}, then
        ),
        **_service_cause(job, then),
        "TimedOut": note(
            {
                "error": "JobTimedOut",
                "message": _too_long(job, queue_minutes),
                "retryable": False,
            },
            at="$.cause",
            then=then,
        ),
        "OtherCause": _cause({"message.$": "$.error.Cause", "retryable": True}, then),
    }


def _service_cause(job: Job, then: str) -> States:
    """Take the service's words out of the cause, which is JSON unless it was cut.

    The cause is in the ledger before anybody tries to read it as JSON, so nothing can lose it.
    """
    noted = update(run_key(job.name), "SET noted = :cause", {":cause": from_path("$.error.Cause")})
    return {
        "ServiceSaysWhy": choose(
            {"Variable": "$.error.Error", "StringEquals": "States.Timeout", "Next": "TimedOut"},
            {
                # Step Functions cuts long causes, and half a JSON cannot be parsed.
                "Variable": "$.error.Cause",
                "StringMatches": '{*"StateDetails":*}',
                "Next": "RunDetails",
            },
            otherwise="OtherCause",
        ),
        "RunDetails": task(
            "aws-sdk:dynamodb:updateItem",
            {**noted, "ReturnValues": "UPDATED_NEW"},
            then="Explained",
            keep="$.failure",
            select={"details.$": "States.StringToJson($.Attributes.noted.S)"},
            retry=retries.LEDGER,
            catch=[caught("OtherCause", keep="$.failure")],
        ),
        "Explained": choose(
            {
                "And": [*text_at(_DETAILS), {"Variable": _DETAILS, "StringMatches": _DENIED}],
                "Next": "DeniedCause",
            },
            {"And": text_at(_DETAILS), "Next": "ServiceCause"},
            otherwise="OtherCause",
        ),
        "DeniedCause": _cause({"message.$": _DETAILS, "retryable": False}, then),
        "ServiceCause": _cause({"message.$": _DETAILS, "retryable": True}, then),
    }


def _cause(values: dict[str, object], then: str) -> State:
    return note({"error": "JobFailed", **values}, at="$.cause", then=then)


def _too_long(job: Job, queue_minutes: int) -> str:
    return (
        f"The run was neither started nor ended after {queue_minutes} minutes in the queue and "
        f"{job.run.timeout_minutes} minutes of work (run.timeout_minutes). It is being cancelled."
    )
