"""Run the job: one attempt after the other, each only after the last has surely ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, choose, formatted, note, task, text

BACKOFF_SECONDS = 10
SLACK_MINUTES = 15
"""The service must time a run out before the state does, or the run would be left alone."""


def run(
    job: Job,
    *,
    submit: Mapping[str, str],
    arguments: Sequence[str],
    role_arn: str,
    tags: Mapping[str, str],
    queue_minutes: int,
    then: str,
    failed: str,
) -> States:
    """Start a run and wait for its end.

    Args:
        job: What to run.
        submit: Entry point and parameters of spark-submit.
        arguments: Of the job, as intrinsic functions or quoted literals.
        role_arn: The job's role.
        tags: Of the run, for the bill.
        queue_minutes: How long the application lets a run wait, in minutes.
        then: The next state after success.
        failed: The next state after a failed attempt.
    """
    this_run = formatted(f"{job.name}/{{}}/{{}}", "$.key", "$.generation")
    this_attempt = formatted(f"{job.name}/{{}}/{{}}/{{}}", "$.key", "$.generation", "$.attempt")
    minutes = job.run.timeout_minutes
    start = {
        "ApplicationId": "${ApplicationId}",
        "ExecutionRoleArn": role_arn,
        "Name.$": this_run,
        "ClientToken.$": f"States.Hash({this_attempt}, 'SHA-256')",
        "ExecutionTimeoutMinutes": minutes,
        "JobDriver": {
            "SparkSubmit": {
                "EntryPoint": submit["EntryPoint"],
                "EntryPointArguments.$": f"States.Array({', '.join(arguments)})",
                "SparkSubmitParameters": submit["SparkSubmitParameters"],
            }
        },
        "ConfigurationOverrides": {
            "DiskEncryptionConfiguration": {"EncryptionKeyArn": "${DataKeyArn}"}
        },
        "Tags": dict(tags),
    }
    return {
        "Run": task(
            "emr-serverless:startJobRun.sync",
            start,
            then=then,
            keep="$.ran",
            select={"id.$": "$.JobRunId"},
            retry=retries.SPARK,
            catch=[caught(failed)],
            seconds=(queue_minutes + minutes + SLACK_MINUTES) * 60,
        )
    }


def run_arguments(job: Job) -> list[str]:
    """List what every run tells its job about itself.

    Args:
        job: One with an interval is also told who started the run.
    """
    return [
        *("'--run-key'", "$.key"),
        *("'--generation'", text("$.generation")),
        *("'--attempt'", text("$.attempt")),
        *(("'--by'", "$.by") if job.interval else ()),
        *("'--overrides'", "States.JsonToString($.overrides)"),
    ]


def next_attempt(job: Job, *, run_again: str, give_up: str) -> States:
    """Try again when it may help: the last attempt is over, and did not fail for good.

    The attempt rises only here, after a terminal state was read, so that a lost answer never
    starts a second run beside the first.

    Args:
        job: Says how often.
        run_again: The state that starts a run.
        give_up: The next state when no attempt is left.
    """
    ended: list[State] = [
        {"Variable": "$.error.Error", "StringEquals": "States.TaskFailed"},
        {"Variable": "$.error.Cause", "StringMatches": '*"JobRunId":*'},
        {"Variable": "$.cause.retryable", "BooleanEquals": True},
        {"Variable": "$.attempt", "NumericLessThan": job.run.attempts},
    ]
    return {
        "AttemptFailed": choose({"And": ended, "Next": "NextAttempt"}, otherwise=give_up),
        "NextAttempt": note(
            {
                "key.$": "$.key",
                "generation.$": "$.generation",
                "attempt.$": "States.MathAdd($.attempt, 1)",
                "overrides.$": "$.overrides",
                "by.$": "$.by",
                "lane.$": "$.lane",
            },
            at=None,
            then="Backoff",
        ),
        "Backoff": {"Type": "Wait", "Seconds": BACKOFF_SECONDS, "Next": run_again},
    }
