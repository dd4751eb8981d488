"""Rows of the run ledger that make up a plan.

    pk backfill#<id>   sk plan                        the plan: concurrency, state, who works on it
    pk backfill#<id>   sk todo#<level>#<job>#<key>    a run that is still to be done
    pk backfill#<id>   sk done#<level>#<job>#<key>    what became of it; `good` if its data is there

The command writes plan and todo rows; the machine moves them to done, one transaction each.
(docs/adr/0012-backfill.md)
"""

from __future__ import annotations

from typing import Any

from sparkrail.workflow.asl import formatted
from sparkrail.workflow.ledger_items import TABLE, from_path, string

PARTITION = formatted("backfill#{}", "$.plan")
TODO, DONE = "todo#", "done#"
PAGE_RUNS = 40
"""Runs that are worked on before the next are read; also the most at a time."""


def plan_key() -> dict[str, Any]:
    """Key of the plan."""
    return {"pk": from_path(PARTITION), "sk": string("plan")}


def change_plan(expression: str, values: dict[str, Any], *, only_if: str) -> dict[str, Any]:
    """Change the plan; `#s` is its state.

    Args:
        expression: What changes.
        values: Of the placeholders in both expressions.
        only_if: Condition.
    """
    named = {"ExpressionAttributeNames": {"#s": "state"}} if "#s" in expression else {}
    return {
        **TABLE,
        "Key": plan_key(),
        "UpdateExpression": expression,
        "ConditionExpression": only_if,
        **named,
        "ExpressionAttributeValues": values,
    }


def runs(start: dict[str, str], values: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask for rows of the plan in order.

    Args:
        start: What their sort keys begin with, as DynamoDB writes it.
        values: Of further placeholders. Default: none.
    """
    keys = {":pk": from_path(PARTITION), ":start": start}
    return {
        **TABLE,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :start)",
        "ExpressionAttributeValues": keys | (values or {}),
        "ConsistentRead": True,
    }
