"""Write down what became of a run, and tell those who should know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, formatted, note, task
from sparkrail.workflow.ledger_items import from_path, number, release, run_key, string, update

TABLE_WRITTEN = "Table Written"
"""Detail type of the event that announces a written table."""

_ENTRIES_PER_CALL = 10
"""PutEvents takes no more. (EventBridge API, PutEvents.)"""


def get_report(job: Job) -> dict[str, Any]:
    """Ask for the report that the driver of this attempt left."""
    name = f"reports/{job.name}/{{}}-{{}}-{{}}.json"
    return {
        "Bucket": "${LogsBucketName}",
        "Key.$": formatted(name, "$.key", "$.generation", "$.attempt"),
    }


def success(job: Job, *, tables: Sequence[str], source: str, bus: str, failed: str) -> States:
    """Record a run that succeeded, then announce each table that it wrote.

    The ledger is written before the events, so that whoever hears of a table finds it there.

    Args:
        job: What ran.
        tables: Names of the written tables, as contracts call them.
        source: Source of the events.
        bus: Name of the event bus.
        failed: The next state when the ledger cannot be written.
    """
    calls = [tables[at : at + _ENTRIES_PER_CALL] for at in range(0, len(tables), _ENTRIES_PER_CALL)]
    steps = [f"Publish{index or ''}" for index, _ in enumerate(calls)] + ["Close"]
    publishing = {
        step: _publish(job, call, source=source, bus=bus, then=after)
        for step, call, after in zip(steps, calls, steps[1:], strict=False)
    }
    return {
        "Report": task(
            "aws-sdk:s3:getObject",
            get_report(job),
            then="Record",
            keep="$.report",
            select={"body.$": "States.StringToJson($.Body)"},
            retry=retries.REPORT,
            catch=[caught("Unreported")],
        ),
        "Unreported": {
            **note({"body": {}}, at="$.report", then="Record"),
            "Comment": "Plain PySpark without sparkjob leaves no report; the run has succeeded.",
        },
        "Record": _record(job, then=steps[0]),
        "Unrecorded": _failed_to("write the run ledger", then=failed),
        **publishing,
        **({"Unpublished": _failed_to("announce its tables", then="Notify")} if calls else {}),
        "Close": _close(job),
        "LeftOpen": {"Type": "Succeed", "Comment": "The run is recorded; its row stays marked."},
    }


def failure(job: Job, *, topic_arn: str, subject: str) -> States:
    """Record a run that failed, free its job, tell people, and fail with the cause.

    Args:
        job: What ran.
        topic_arn: The topic of people who are told.
        subject: Of the message; ASCII, at most 100 characters.
    """
    command = f"sparkrail logs {job.name}/{{}}"
    message = f"{job.name} failed for run key {{}}: {{}} -- See its log: {command}"
    return {
        "MarkFailed": _mark_failed(job),
        "Notify": task(
            "sns:publish",
            {
                "TopicArn": topic_arn,
                "Subject": subject,
                "Message.$": formatted(message, "$.key", "$.cause.message", "$.key"),
            },
            then="Failed",
            retry=retries.EVENTS,
            catch=[caught("Failed")],
        ),
        "Failed": {"Type": "Fail", "Error": "JobFailed", "CausePath": "$.cause.message"},
    }


def _record(job: Job, *, then: str) -> State:
    changes = "SET #s = :succeeded, attempts = :attempts, ended = :now, report = :report"
    values = {
        ":succeeded": string("SUCCEEDED"),
        ":attempts": number("$.attempt"),
        ":now": from_path("$$.State.EnteredTime"),
        ":report": from_path("States.JsonToString($.report.body)"),
    }
    return _write(job, changes, values, then=then, catch="Unrecorded")


def _mark_failed(job: Job) -> State:
    changes = "SET #s = :failed, attempts = :attempts, ended = :now, cause = :cause REMOVE #o"
    values = {
        ":failed": string("FAILED"),
        ":attempts": number("$.attempt"),
        ":now": from_path("$$.State.EnteredTime"),
        ":cause": from_path("$.cause.message"),
    }
    return _write(job, changes, values, then="Notify", catch="Notify")


def _write(job: Job, changes: str, values: dict[str, Any], *, then: str, catch: str) -> State:
    items = [
        {"Update": update(run_key(job.name), changes, values)},
        {"Delete": release(job.name)},
    ]
    return task(
        "aws-sdk:dynamodb:transactWriteItems",
        {"TransactItems": items},
        then=then,
        retry=retries.LEDGER,
        catch=[caught(catch)],
    )


def _publish(job: Job, tables: Sequence[str], *, source: str, bus: str, then: str) -> State:
    entries = [
        {
            "EventBusName": bus,
            "Source": source,
            "DetailType": TABLE_WRITTEN,
            "Detail": {
                "table": table,
                "job": job.name,
                "key.$": "$.key",
                "generation.$": "$.generation",
                "report.$": "$.report.body",
            },
        }
        for table in tables
    ]
    return task(
        "events:putEvents",
        {"Entries": entries},
        then=then,
        retry=retries.EVENTS,
        catch=[caught("Unpublished")],
    )


def _close(job: Job) -> State:
    return task(
        "aws-sdk:dynamodb:updateItem",
        update(run_key(job.name), "REMOVE #o", {}),
        then=None,
        retry=retries.LEDGER,
        catch=[caught("LeftOpen")],
    )


def _failed_to(what: str, *, then: str) -> State:
    message = f"The run succeeded but could not {what}: {{}}"
    return note(
        {"message.$": formatted(message, "$.error.Cause"), "retryable": False},
        at="$.cause",
        then=then,
    )
