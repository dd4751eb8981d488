"""Rows of the run ledger, as the machines of jobs write them.

    pk job#<job>              sk run#<key>   one row per run key: state, generation, report
    pk job#<job>              sk lock        while a run is under way; names its execution
    pk exec#<execution arn>   sk exec        finds the row of an execution

A row carries `open` until nothing is left to be done for it, which is what the index `open` lists.
"""

from __future__ import annotations

from typing import Any

TABLE = {"TableName": "${LedgerName}"}
ME = {":me": {"S.$": "$$.Execution.Id"}}
MINE_OR_NEW = "attribute_not_exists(pk) OR execution = :me"
"""Makes a retry harmless after an answer was lost."""


def string(value: str) -> dict[str, str]:
    """Write a literal text."""
    return {"S": value}


def from_path(path: str) -> dict[str, str]:
    """Write the text that a path or an intrinsic function gives."""
    return {"S.$": path}


def number(path: str) -> dict[str, str]:
    """Write the number that a path leads to."""
    return {"N.$": f"States.Format('{{}}', {path})"}


def run_key(job: str) -> dict[str, Any]:
    """Key of the row of this run."""
    return {"pk": string(f"job#{job}"), "sk": from_path("States.Format('run#{}', $.key)")}


def lock_key(job: str) -> dict[str, Any]:
    """Key of the job's lock."""
    return {"pk": string(f"job#{job}"), "sk": string("lock")}


def execution_key() -> dict[str, Any]:
    """Key of the row that finds the run of this execution."""
    return {"pk": from_path("States.Format('exec#{}', $$.Execution.Id)"), "sk": string("exec")}


def update(key: dict[str, Any], expression: str, values: dict[str, Any]) -> dict[str, Any]:
    """Change a row of this execution; `#s` is its state and `#o` its mark `open`."""
    names = {"#s": "state", "#o": "open"}
    return {
        **TABLE,
        "Key": key,
        "UpdateExpression": expression,
        "ConditionExpression": "execution = :me",
        "ExpressionAttributeNames": {mark: names[mark] for mark in names if mark in expression},
        "ExpressionAttributeValues": ME | values,
    }


def release(job: str) -> dict[str, Any]:
    """Give the job's lock back, if it is ours."""
    return {
        **TABLE,
        "Key": lock_key(job),
        "ConditionExpression": "attribute_not_exists(execution) OR execution = :me",
        "ExpressionAttributeValues": ME,
    }
