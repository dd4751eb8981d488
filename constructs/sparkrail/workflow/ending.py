"""How an execution ends that did not succeed: somebody is told, and it says what went wrong."""

from __future__ import annotations

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import States, caught, choose, formatted, is_, task

ERRORS = {
    "JobFailed": "Failed",
    "JobTimedOut": "OutOfTime",
    "LedgerUnavailable": "NoLedger",
    "ClaimContended": "NoClaim",
    "TablesUnannounced": "Unannounced",
}
"""What an execution can fail with, by name of the error: its last state. BadInput fails at once."""


def ending(job: Job, *, topic_arn: str, subject: str) -> States:
    """Tell people of `$.cause`, and fail with it.

    Args:
        job: What ran.
        topic_arn: The topic of people who are told.
        subject: Of the message; ASCII, at most 100 characters.
    """
    command = f"sparkrail logs {job.name}/{{}}"
    message = f"{job.name} failed for run key {{}}: {{}} -- See its log: {command}"
    others = [
        {**is_("$.cause.error", error), "Next": state}
        for error, state in ERRORS.items()
        if error != "JobFailed"
    ]
    return {
        "Notify": task(
            "sns:publish",
            {
                "TopicArn": topic_arn,
                "Subject": subject,
                "Message.$": formatted(message, "$.key", "$.cause.message", "$.key"),
            },
            then="HowFailed",
            keep=None,
            retry=retries.EVENTS,
            catch=[caught("HowFailed")],
        ),
        "HowFailed": choose(*others, otherwise=ERRORS["JobFailed"]),
        **{
            state: {"Type": "Fail", "Error": error, "CausePath": "$.cause.message"}
            for error, state in ERRORS.items()
        },
    }
