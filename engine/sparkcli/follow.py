"""Follow an execution of a state machine to its end."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sparkcli.cloud import Cloud

# What a history event of a failure calls its details.
FAILURES = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "ExecutionFailed": "executionFailedEventDetails",
    "ExecutionAborted": "executionAbortedEventDetails",
    "ExecutionTimedOut": "executionTimedOutEventDetails",
}


@dataclass(frozen=True)
class Moment:
    """One line of an execution's history: a state entered, or an error."""

    at: datetime
    state: str
    error: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Outcome:
    """How an execution ended."""

    status: str
    output: Mapping[str, Any]
    error: str = ""
    cause: str = ""


def follow(cloud: Cloud, execution: str, on_moment: Callable[[Moment], None]) -> Outcome:
    """Report every moment of `execution` as it comes, until it ended.

    Args:
        cloud: Where it runs.
        execution: Its ARN.
        on_moment: Called once for each state entered and each error, in order.
    """
    told = 0
    while True:
        described = cloud.states.describe_execution(executionArn=execution)
        moments = list(history(cloud, execution))
        for moment in moments[told:]:
            on_moment(moment)
        told = len(moments)
        if described["status"] != "RUNNING":
            return Outcome(
                status=described["status"],
                output=json.loads(described.get("output") or "{}"),
                error=described.get("error") or "",
                cause=described.get("cause") or "",
            )
        time.sleep(cloud.poll_seconds)


def history(cloud: Cloud, execution: str) -> Iterator[Moment]:
    """The states entered and the errors of an execution so far, in order."""
    state = ""
    pages = cloud.states.get_paginator("get_execution_history").paginate(executionArn=execution)
    for page in pages:
        for event in page["events"]:
            kind = event["type"]
            if kind.endswith("StateEntered"):
                state = event["stateEnteredEventDetails"]["name"]
                yield Moment(event["timestamp"], state)
            elif kind in FAILURES:
                details: Mapping[str, Any] = event.get(FAILURES[kind]) or {}  # type: ignore[assignment]
                where = "" if kind.startswith("Execution") else state
                error, cause = details.get("error") or kind, details.get("cause") or ""
                yield Moment(event["timestamp"], where, error, last_words(cause))


def last_words(cause: str) -> str:
    """What a person needs of a cause, which may be a whole JobRun as JSON.

    >>> last_words('{"JobRunId": "1", "StateDetails": "the file is empty"}')
    'the file is empty'
    """
    try:
        run = json.loads(cause)
    except ValueError:
        return cause.strip()
    if not isinstance(run, dict):
        return cause.strip()
    details = run.get("StateDetails") or run.get("stateDetails") or run.get("message")
    return str(details).strip() if details else cause.strip()
