"""Write down what became of a run."""

from __future__ import annotations

from collections.abc import Sequence

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, formatted, note, task
from sparkrail.workflow.ledger_items import (
    TABLE,
    Item,
    from_path,
    interval_key,
    number,
    release,
    run_key,
    string,
    update,
)
from sparkrail.workflow.report import interval_of, no_record

_NOW = from_path("$$.State.EnteredTime")


def record(job: Job, *, tables: Sequence[str], then: str, failed: str) -> States:
    """Record a run that succeeded, with the interval of each table that it wrote.

    Row, lock and intervals change together, and before any event is sent: whoever hears of a table
    finds it in the ledger.

    Args:
        job: What ran.
        tables: Names of the written tables, as contracts call them.
        then: The next state.
        failed: The next state when the ledger cannot be written.
    """
    changes = (
        "SET #s = :succeeded, attempts = :attempts, ended = :now, report = :report, "
        "jobRun = :run, tables = :tables, #i = :interval"
    )
    values = {
        ":succeeded": string("SUCCEEDED"),
        ":attempts": number("$.attempt"),
        ":now": _NOW,
        ":report": from_path("States.JsonToString($.report.body)"),
        ":run": from_path("$.ran.id"),
        ":tables": {"L": [string(each) for each in tables]},
        ":interval": from_path(interval_of(job)),
    }
    row = update(run_key(job.name), changes, values)
    row["ExpressionAttributeNames"]["#i"] = "interval"
    written = [{"Put": {**TABLE, "Item": _written(job, each)}} for each in tables]
    lost, why = no_record(job, failed="Unrecorded")
    message = "The run succeeded but could not be recorded: {}"
    return {
        "Record": task(
            "aws-sdk:dynamodb:transactWriteItems",
            {"TransactItems": [{"Update": row}, {"Delete": release(job.name)}, *written]},
            then=then,
            keep=None,
            retry=retries.TRANSACTION,
            catch=[caught(lost)],
        ),
        **why,
        "Unrecorded": note(
            {
                "error": "LedgerUnavailable",
                "message.$": formatted(message, "States.JsonToString($.error)"),
                "retryable": False,
            },
            at="$.cause",
            then=failed,
        ),
    }


def mark_failed(job: Job, *, then: str) -> State:
    """Record a run that failed, and free its job.

    Args:
        job: What ran.
        then: The next state, also when the ledger cannot be written.
    """
    changes = "SET #s = :failed, attempts = :attempts, ended = :now, cause = :cause REMOVE #o"
    values = {
        ":failed": string("FAILED"),
        ":attempts": number("$.attempt"),
        ":now": _NOW,
        ":cause": from_path("$.cause.message"),
    }
    row = update(run_key(job.name), changes, values)
    return task(
        "aws-sdk:dynamodb:transactWriteItems",
        {"TransactItems": [{"Update": row}, {"Delete": release(job.name)}]},
        then=then,
        keep=None,
        retry=retries.TRANSACTION,
        catch=[caught(then)],
    )


def _written(job: Job, table: str) -> Item:
    return {
        **interval_key(table, interval_of(job)),
        "job": string(job.name),
        "key": from_path("$.key"),
        "generation": number("$.generation"),
        "execution": from_path("$$.Execution.Id"),
        "at": _NOW,
    }
