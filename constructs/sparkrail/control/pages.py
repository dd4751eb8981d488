"""What all parts of the sweep do alike: ask for a page, and fail aloud inside a Map."""

from __future__ import annotations

from typing import Any

from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, caught, task

PAGE = 200
"""Rows that are looked at for one page."""

AT_ONCE = 10
"""Rows of a page that are worked on at once."""


def page_of(asked: dict[str, Any], *, keep: str, then: str, failed: str) -> State:
    """Ask for a page of marked rows.

    Args:
        asked: The query.
        keep: Where the page goes.
        then: The next state.
        failed: The next state when the ledger cannot be read.
    """
    return task(
        "aws-sdk:dynamodb:query",
        asked,
        then=then,
        keep=keep,
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )


def loud() -> State:
    """Fail inside a Map with the cause that was caught, so that the keeper's alarm hears of it."""
    return {"Type": "Fail", "Error": "KeeperFailed", "CausePath": "$.error.Cause"}
