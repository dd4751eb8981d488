"""What the end of an execution means for the person who started it."""

from collections.abc import Mapping
from typing import Any

from sparkcli.errors import CallError, CommandError, OperationError
from sparkcli.execution import Started
from sparkcli.follow import Outcome, last_words

REFUSED = "InputRefused"
NOT_RUN = frozenset(
    {"Duplicate", "Skipped", "Queued", "Waiting", "Paused"}
)  # outcomes of a refused claim


def judge(
    started: Started, outcome: Outcome,
    *, claimed: bool, report: Mapping[str, Any], document: dict[str, Any],
) -> None:  # fmt: skip
    """Return when the run succeeded.

    Args:
        started: What was started.
        outcome: How its execution ended.
        claimed: Whether the ledger has a row of it; without one there is no log to look at.
        report: What the driver reported, or nothing.
        document: What is known of the run; the error's document has it too.

    Raises:
        CallError: The job refused its input, or the key was already taken.
        OperationError: The run failed or was stopped, or it was skipped, queues, or has to wait.
    """
    if outcome.output.get("outcome") in NOT_RUN:
        raise _not_run(started, outcome, document)
    if outcome.status == "SUCCEEDED":
        return
    error = report.get("error") or {}
    message = error.get("message") or last_words(outcome.cause) or f"It ended {outcome.status}."
    kind = error.get("type") or outcome.error or outcome.status
    ended = outcome.status if document["state"] == "RUNNING" else document["state"]
    failed = CallError if kind == REFUSED else OperationError
    raise failed(
        f"{started.name} {ended}: {message}",
        next_command=f"./sparkrail logs {started.name}" if claimed else _once_more(started),
        document={**document, "state": ended, "error": {"type": kind, "message": message}},
    )


def _once_more(started: Started) -> str:
    return f"./sparkrail run {started.job} --key {started.key}"


def _not_run(started: Started, outcome: Outcome, document: dict[str, Any]) -> CommandError:
    said = outcome.output
    what, holder = str(said["outcome"]), said.get("holder", "")
    refused = {**document, "state": what.upper(), "holder": holder, "rows": None}
    if what == "Duplicate":
        return CallError(
            f"{started.name} already ran or runs ({said.get('state', '')}), held by {holder}. "
            "Nothing was started. --again runs the same key once more.",
            next_command=f"./sparkrail runs {started.name}",
            document=refused,
        )
    sentence, command = _NOT_RUN[what]
    words = {"name": started.name, "job": started.job, "holder": holder}
    return OperationError(
        sentence.format(**words),
        next_command=f"./sparkrail {command.format(**words)}",
        document=refused,
    )


_NOT_RUN = {
    "Skipped": (
        "{name} was skipped: another run of {job} is under way ({holder}), and the job's overlap "
        "policy does not wait for it. Start it again when that has ended.",
        "runs {job}",
    ),
    "Queued": (
        "{name} waits in the queue: another run of {job} is under way ({holder}). It starts by "
        "itself when the job is free; ./sparkrail stop {name} takes it out.",
        "runs {name}",
    ),
    "Waiting": (
        "{name} was not run: not all tables that it waits for have been written for this "
        "interval. The last of them starts it.",
        "runs {job}",
    ),
    "Paused": (
        "{name} was not run: {job} is paused.",
        "resume {job}",
    ),
}
