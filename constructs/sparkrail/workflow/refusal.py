"""Why a claim was refused, and what follows.

A cancelled transaction says neither who holds what nor, for sure, which condition failed; so all
that was checked is read back, at one moment, and decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparkmodel import Job
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    absent,
    caught,
    choose,
    formatted,
    is_,
    not_,
    note,
    present,
    same,
    task,
)
from sparkrail.workflow.ledger_items import TABLE, interval_key, lock_key, pause_key, run_key
from sparkrail.workflow.overlap import overlap

_ROW, _LOCK = "$.held.run.Item", "$.held.lock.Item"
_TRIES = 120
"""Of one claim, seconds apart: more than two transactions that met, or a run that is cancelled,
ever need."""


def refusal(job: Job, *, inputs: Sequence[str], claimed: str, again: str, failed: str) -> States:
    """Find out why a claim was refused.

    Args:
        job: Whose run it is.
        inputs: Tables that a run by tables waits for.
        claimed: The next state when the claim is ours after all.
        again: The state that claims.
        failed: The next state when the ledger cannot be read, or the claim never succeeds.
    """
    busy, policy = overlap(job)
    theirs = {
        "And": [present(f"{_LOCK}.execution.S"), not_(same(f"{_LOCK}.execution.S", "$.held.me"))]
    }
    return {
        "WhoHolds": _who_holds(job, inputs),
        "Refused": choose(
            *_waiting(inputs),
            {**present("$.held.pause.Item.pk.S"), "Next": "Paused"},
            {**present(f"{_ROW}.generation.N"), "Next": "Held"},
            {**theirs, "Next": busy},
            otherwise="Again",
        ),
        "Held": note(
            {"generation.$": f"States.StringToJson({_ROW}.generation.N)"},
            at="$.holder",
            then="Whose",
        ),
        "Whose": choose(
            {"And": _ours(), "Next": claimed},
            {"And": [is_(f"{_ROW}.state.S", "QUEUED"), theirs], "Next": "Queued"},
            {"And": _taken(), "Next": "Duplicate"},
            {**theirs, "Next": busy},
            otherwise="Again",
        ),
        "Duplicate": outcome(
            "Duplicate",
            **{"holder.$": f"{_ROW}.execution.S", "state.$": f"{_ROW}.state.S"},
        ),
        "Paused": outcome("Paused"),
        "Queued": outcome("Queued", **{"holder.$": f"{_LOCK}.execution.S"}),
        **({"Waiting": outcome("Waiting", **_written())} if inputs else {}),
        **policy,
        **_again(job, again=again, failed=failed),
    }


def outcome(what: str, **more: str) -> State:
    """End the execution without a run.

    Args:
        what: What became of the start.
        more: What else the output says.
    """
    return note({"outcome": what, "key.$": "$.key", **more}, at=None, then=None)


def _who_holds(job: Job, inputs: Sequence[str]) -> State:
    row: dict[str, Any] = {
        "Key": run_key(job.name),
        "ProjectionExpression": "execution, generation, #s",
        "ExpressionAttributeNames": {"#s": "state"},
    }
    keys = [{"Key": key} for key in (lock_key(job.name), pause_key(job.name))]
    tables = [
        {"Key": interval_key(table, "$.key"), "ProjectionExpression": "pk"} for table in inputs
    ]
    reads = [row, *keys, *tables]
    picked = {"run.$": "$.Responses[0]", "lock.$": "$.Responses[1]", "pause.$": "$.Responses[2]"}
    written = {"inputs.$": "$.Responses[3:]"} if inputs else {}
    return task(
        "aws-sdk:dynamodb:transactGetItems",
        {"TransactItems": [{"Get": {**TABLE, **read}} for read in reads]},
        then="Refused",
        keep="$.held",
        select={**picked, **written, "me.$": "$$.Execution.Id"},
        retry=retries.TRANSACTION,
        catch=[caught("Unclaimed")],
    )


def _waiting(inputs: Sequence[str]) -> list[dict[str, Any]]:
    if not inputs:
        return []
    missing = [absent(f"$.held.inputs[{index}].Item.pk.S") for index, _ in enumerate(inputs)]
    return [{"And": [is_("$.by", "tables"), {"Or": missing}], "Next": "Waiting"}]


def _written() -> dict[str, str]:
    return {"written.$": "$.held.inputs[*].Item"}


def _ours() -> list[dict[str, Any]]:
    """Hold when an earlier try of this claim was accepted and its answer lost."""
    return [
        present(f"{_ROW}.execution.S"),
        same(f"{_ROW}.execution.S", "$.held.me"),
        is_(f"{_ROW}.state.S", "RUNNING"),
    ]


def _taken() -> list[dict[str, Any]]:
    at_least = {"Variable": "$.holder.generation", "NumericGreaterThanEqualsPath": "$.generation"}
    return [
        present(f"{_ROW}.execution.S"),
        not_(is_(f"{_ROW}.state.S", "QUEUED")),
        {"Or": [is_(f"{_ROW}.state.S", "RUNNING"), at_least]},
    ]


def _again(job: Job, *, again: str, failed: str) -> States:
    """Claim once more: it was freed in between, or two transactions met."""
    tries = {"tries.$": "States.MathAdd($.race.tries, 1)"}
    pause = {"seconds.$": "States.MathRandom(1, 6)"}
    message = (
        f"The run key {{}} of {job.name} could not be claimed in {_TRIES} tries. "
        f"See who holds the job: sparkrail runs {job.name}"
    )
    return {
        "Again": note({**tries, **pause}, at="$.race", then="AgainYet"),
        "AgainYet": choose(
            {"Variable": "$.race.tries", "NumericGreaterThan": _TRIES, "Next": "Contended"},
            otherwise="Breathe",
        ),
        "Breathe": {"Type": "Wait", "SecondsPath": "$.race.seconds", "Next": again},
        "Contended": note(
            {
                "error": "ClaimContended",
                "message.$": formatted(message, "$.key"),
                "retryable": False,
            },
            at="$.cause",
            then=failed,
        ),
    }
