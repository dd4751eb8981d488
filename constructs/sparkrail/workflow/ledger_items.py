"""Rows of the run ledger, as machines write them.

    pk job#<job>              sk run#<key>        one row per run key: state, generation, report
    pk job#<job>              sk lock             while a live run is under way; names its execution
    pk job#<job>              sk lock#<key>       the same, for a run of a backfill
    pk job#<job>              sk pause            while triggers must not start the job
    pk exec#<execution arn>   sk exec             finds the row of an execution
    pk table#<table>          sk interval#<key>   says that an interval of a table was written
    pk stream#<job>           sk state, lease     what a stream does, and who may change it

What the keeper must look at carries `open`, which is what the index `open` lists: "1" on a row for
which something is left to be done, "queue" on one that waits for its turn, "lock" on a lock.
"""

from __future__ import annotations

from typing import Any

OPEN, WAITING, LOCKED = "1", "queue", "lock"
LOCK = "lock"
PAUSE, NEVER_PAUSED = "pause", "pause#never"
"""A person's start checks a row that never exists."""

TABLE = {"TableName": "${LedgerName}"}
ME = {":me": {"S.$": "$$.Execution.Id"}}
MINE_OR_NEW = "attribute_not_exists(pk) OR execution = :me"
"""Makes a retry harmless after an answer was lost."""

Item = dict[str, Any]


def string(value: str) -> Item:
    """Write a literal text."""
    return {"S": value}


def from_path(path: str) -> Item:
    """Write the text that a path or an intrinsic function gives."""
    return {"S.$": path}


def number(path: str) -> Item:
    """Write the number that a path leads to."""
    return {"N.$": f"States.Format('{{}}', {path})"}


def run_key(job: str) -> Item:
    """Key of the row of this run."""
    return {"pk": string(f"job#{job}"), "sk": from_path("States.Format('run#{}', $.key)")}


def run_row(job: str) -> Item:
    """Write what the row of a run says whatever becomes of the run."""
    return {
        **run_key(job),
        "job": string(job),
        "key": from_path("$.key"),
        "since": from_path("$$.State.EnteredTime"),
        "generation": number("$.generation"),
        "application": string("${ApplicationId}"),
        "by": from_path("$.by"),
        "overrides": from_path("States.JsonToString($.overrides)"),
        "lock": from_path("$.lane.lock"),
    }


def lock_key(job: str) -> Item:
    """Key of the lock of this run's lane."""
    return {"pk": string(f"job#{job}"), "sk": from_path("$.lane.lock")}


def pause_key(job: str) -> Item:
    """Key of the row that pauses this run's lane."""
    return {"pk": string(f"job#{job}"), "sk": from_path("$.lane.pause")}


def execution_key() -> Item:
    """Key of the row that finds the run of this execution."""
    return {"pk": from_path("States.Format('exec#{}', $$.Execution.Id)"), "sk": string("exec")}


def interval_key(table: str, interval: str) -> Item:
    """Key of the row that says that an interval of a table was written.

    Args:
        table: As contracts call it.
        interval: Path to the interval's key.
    """
    return {
        "pk": string(f"table#{table}"),
        "sk": from_path(f"States.Format('interval#{{}}', {interval})"),
    }


def update(key: Item, expression: str, values: Item) -> Item:
    """Change a row of this execution; `#s` is its state and `#o` its mark `open`."""
    names = {"#s": "state", "#o": "open"}
    used = {mark: names[mark] for mark in names if mark in expression}
    return {
        **TABLE,
        "Key": key,
        "UpdateExpression": expression,
        "ConditionExpression": "execution = :me",
        **({"ExpressionAttributeNames": used} if used else {}),
        "ExpressionAttributeValues": ME | values,
    }


def release(job: str) -> Item:
    """Give the job's lock back, if it is ours."""
    return {
        **TABLE,
        "Key": lock_key(job),
        "ConditionExpression": "attribute_not_exists(execution) OR execution = :me",
        "ExpressionAttributeValues": ME,
    }
