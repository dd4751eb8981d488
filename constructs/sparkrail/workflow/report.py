"""The report that the driver of a run leaves in S3, as the machine reads it."""

from __future__ import annotations

from typing import Any

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import States, absent, caught, choose, formatted, note, task

MOST_BYTES = 24_000
"""Of a report. It travels once per table in an event, ten tables in a call, and a call takes
262,144 bytes. What is longer is cut, then it is no JSON, and the run goes on as one without."""


def get_report(job: Job) -> dict[str, Any]:
    """Ask for the report that the driver of this attempt left.

    Args:
        job: What ran.
    """
    name = f"reports/{job.name}/{{}}-{{}}-{{}}.json"
    return {
        "Bucket": "${LogsBucketName}",
        "Key.$": formatted(name, "$.key", "$.generation", "$.attempt"),
        "Range": f"bytes=0-{MOST_BYTES - 1}",
    }


def report(job: Job, *, then: str) -> States:
    """Read the report of a run that succeeded.

    Args:
        job: What ran.
        then: The next state; `$.report.body` is then the report.
    """
    nothing = {"interval": {"key.$": "$.key"}} if job.interval else {}
    return {
        "Report": task(
            "aws-sdk:s3:getObject",
            get_report(job),
            then=then,
            keep="$.report",
            select={"body.$": "States.StringToJson($.Body)"},
            retry=retries.REPORT,
            catch=[caught("Unreported")],
        ),
        "Unreported": {
            **note({"body": nothing}, at="$.report", then=then),
            "Comment": "Plain PySpark without sparkjob leaves no report; the run has succeeded.",
        },
    }


def interval_of(job: Job) -> str:
    """Say where the key of the interval is that a run has written.

    Args:
        job: One without an interval writes what its run key names.
    """
    return "$.report.body.interval.key" if job.interval else "$.key"


def no_record(job: Job, *, failed: str) -> tuple[str, States]:
    """Say where a run goes that could not be recorded, and write the states there.

    A report may say nothing of the interval; then its run goes on as one without a report.

    Args:
        job: What ran.
        failed: The next state when the ledger is to blame.
    """
    if not job.interval:
        return failed, {}
    without = {**absent(interval_of(job)), "Next": "Unreported"}
    return "NotRecorded", {"NotRecorded": choose(without, otherwise=failed)}
