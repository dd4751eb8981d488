"""What the end of an execution means for the person who started it."""

from collections.abc import Mapping
from typing import Any

from sparkcli.errors import CallError, CommandError, OperationError
from sparkcli.execution import Started
from sparkcli.follow import Outcome, last_words

REFUSED = "InputRefused"
NOT_RUN = frozenset({"Duplicate", "Skipped", "Queued", "Waiting"})  # outcomes of a refused claim


def judge(
    started: Started, outcome: Outcome, *, report: Mapping[str, Any], document: dict[str, Any]
) -> None:
    """Return when the run succeeded.

    Raises:
        CallError: The job refused its input, or the key was already taken.
        OperationError: The run failed, was skipped, or was stopped.
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
        next_command=f"./sparkrail logs {started.name}",
        document={**document, "state": ended, "error": {"type": kind, "message": message}},
    )


def _not_run(started: Started, outcome: Outcome, document: dict[str, Any]) -> CommandError:
    said = outcome.output
    holder = said.get("holder", "")
    refused = {**document, "state": said["outcome"].upper(), "holder": holder, "rows": None}
    if said["outcome"] == "Duplicate":
        return CallError(
            f"{started.name} already ran or runs ({said.get('state', '')}), held by {holder}. "
            "Nothing was started. --again runs the same key once more.",
            next_command=f"./sparkrail runs {started.name}",
            document=refused,
        )
    return OperationError(
        f"{started.name} was not run ({said['outcome']}): another run of {started.job} holds the "
        f"job: {holder}.",
        next_command=f"./sparkrail runs {started.job}",
        document=refused,
    )
