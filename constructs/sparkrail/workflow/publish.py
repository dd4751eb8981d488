"""Announce what a run has written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, formatted, note, task
from sparkrail.workflow.ledger_items import run_key, update
from sparkrail.workflow.report import interval_of

TABLE_WRITTEN = "Table Written"
"""Detail type of the event that announces a written table."""

_ENTRIES_PER_CALL = 10
"""PutEvents takes no more. (EventBridge API, PutEvents.)"""


def first_step(tables: Sequence[str]) -> str:
    """Name the state that publishing begins with.

    Args:
        tables: Names of the written tables.
    """
    return "Publish" if tables else "Close"


def publish(
    job: Job, *, tables: Sequence[str], source: str, bus: str, command: str, failed: str
) -> States:
    """Announce each table, then close the run's row.

    Args:
        job: What ran.
        tables: Names of the written tables, as contracts call them.
        source: Source of the events.
        bus: Name of the event bus.
        command: Shows the state of the run.
        failed: The next state when the tables could not be announced.
    """
    calls = [tables[at : at + _ENTRIES_PER_CALL] for at in range(0, len(tables), _ENTRIES_PER_CALL)]
    steps = [f"Publish{index or ''}" for index, _ in enumerate(calls)] + ["Close"]
    publishing = {
        step: _publish(job, call, source=source, bus=bus, then=after)
        for step, call, after in zip(steps, calls, steps[1:], strict=False)
    }
    message = (
        "The run succeeded and is recorded, but its tables could not be announced: {}. "
        f"The keeper announces them again within minutes; until then {command} shows it open."
    )
    unpublished = note(
        {
            "error": "TablesUnannounced",
            "message.$": formatted(message, "States.JsonToString($.error)"),
            "retryable": False,
        },
        at="$.cause",
        then=failed,
    )
    return {
        **publishing,
        **({"Unpublished": unpublished} if calls else {}),
        "Close": task(
            "aws-sdk:dynamodb:updateItem",
            update(run_key(job.name), "REMOVE #o", {}),
            then=None,
            retry=retries.LEDGER,
            catch=[caught("LeftOpen")],
        ),
        "LeftOpen": {"Type": "Succeed", "Comment": "All is done; the keeper closes the row."},
    }


def entry(*, bus: str, source: str, detail: dict[str, Any]) -> dict[str, Any]:
    """Write the event of one table.

    Args:
        bus: Name of the event bus.
        source: Source of the event.
        detail: Says which table, of which run.
    """
    return {
        "EventBusName": bus,
        "Source": source,
        "DetailType": TABLE_WRITTEN,
        "Detail": detail,
    }


def _publish(job: Job, tables: Sequence[str], *, source: str, bus: str, then: str) -> State:
    run = {
        "job": job.name,
        "key.$": "$.key",
        "interval.$": interval_of(job),
        "generation.$": "$.generation",
        "by.$": "$.by",
        "report.$": "$.report.body",
    }
    entries = [entry(bus=bus, source=source, detail={"table": each, **run}) for each in tables]
    return task(
        "events:putEvents",
        {"Entries": entries},
        then=then,
        keep=None,
        retry=retries.EVENTS,
        catch=[caught("Unpublished")],
    )
