"""Announce again what a run has recorded and then could not, or may not have, announced."""

from __future__ import annotations

from sparkrail.control.rows import ROW
from sparkrail.workflow import retries
from sparkrail.workflow.asl import States, caught, each, task
from sparkrail.workflow.publish import entry


def republish(*, source: str, bus: str, then: str, failed: str) -> States:
    """Announce each table of a recorded run.

    Args:
        source: Source of the events.
        bus: Name of the event bus.
        then: The next state.
        failed: The next state when they could not be announced.
    """
    detail = {
        "table.$": "$.table",
        "job.$": "$.run.job.S",
        "key.$": "$.run.key.S",
        "interval.$": "$.run.interval.S",
        "generation.$": "States.StringToJson($.run.generation.N)",
        "by.$": "$.run.by.S",
        "report.$": "States.StringToJson($.run.report.S)",
    }
    announce = task(
        "events:putEvents",
        {"Entries": [entry(bus=bus, source=source, detail=detail)]},
        then=None,
        keep=None,
        retry=retries.EVENTS,
        catch=[caught("Unannounced")],
    )
    every = each(
        f"{ROW}.tables.L",
        {
            "Announce": announce,
            "Unannounced": {
                "Type": "Fail",
                "Error": "TablesUnannounced",
                "CausePath": "$.error.Cause",
            },
        },
        start="Announce",
        item={"table.$": "$$.Map.Item.Value.S", "run.$": ROW},
        at_once=5,
        then=then,
    )
    return {"Republish": {**every, "Catch": [caught(failed)]}}
