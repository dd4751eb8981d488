"""Watch until the files have settled; the row of the watch says what is to be done next."""

from __future__ import annotations

from sparkrail.arrivals.rows import AGAIN, ME, NOW, change_watch, watch, watch_key
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
from sparkrail.workflow.ledger_items import TABLE, from_path, string

NOT_ANY_MORE = "DynamoDb.ConditionalCheckFailedException"
TURNS = 80
"""So often an execution looks at the row before it hands over: a page of a batch takes about 260
events of its history, which may have 25,000. (Step Functions guide, quotas.)"""


def watching(job: str, *, settle_minutes: int, machine_arn: str, failed: str) -> States:
    """Wait until nothing has arrived for some minutes, then begin a batch.

    Whoever holds the row does what its phase says: none: wait; `pages`: write the next page;
    `start`: start the run. So a new holder goes on where the dead one was.

    Args:
        job: Whose files they are.
        settle_minutes: How long nothing may arrive, in minutes.
        machine_arn: This machine, which follows itself when its history is long.
        failed: The next state when the ledger cannot be read or written.
    """
    return {
        "TakeOver": _take_over(job, failed=failed),
        "Watch": note({"turn": 0}, at="$.loop", then="Phase"),
        "Look": _look(job, failed=failed),
        "Turn": note({"turn.$": "States.MathAdd($.loop.turn, 1)"}, at="$.loop", then="Phase"),
        "Phase": choose(
            {**not_({"And": _mine()}), "Next": "Superseded"},
            {"Variable": "$.loop.turn", "NumericGreaterThanEquals": TURNS, "Next": "HandOver"},
            {**absent("$.watch.row.phase.S"), "Next": "Quiet"},
            {**is_("$.watch.row.phase.S", "pages"), "Next": "Page"},
            otherwise="Batch",
        ),
        "Superseded": {"Type": "Succeed", "Comment": "Somebody else watches now, or nobody must."},
        "Quiet": {"Type": "Wait", "Seconds": settle_minutes * 60, "Next": "Newest"},
        **_candidate(),
        "Cut": _cut(job, failed=failed),
        **_hand_over(machine_arn, failed=failed),
    }


def _mine() -> list[State]:
    holder = "$.watch.row.execution.S"
    return [present(holder), same(holder, "$.watch.me")]


def _take_over(job: str, *, failed: str) -> State:
    values = {
        ":me": from_path(ME),
        ":dead": from_path("$.resume"),
        ":input": from_path(AGAIN),
    }
    change = change_watch(
        job,
        "SET execution = :me, #input = :input",
        values,
        only_if="execution = :dead OR execution = :me",
    )
    return _write_watch(job, change, then="Watch", lost="Superseded", failed=failed)


def _look(job: str, *, failed: str) -> State:
    return task(
        "aws-sdk:dynamodb:getItem",
        {**TABLE, "Key": watch_key(job), "ConsistentRead": True},
        then="Turn",
        keep="$.watch",
        select=watch(job, "$.Item"),
        retry=retries.LEDGER,
        catch=[caught(failed)],
    )


def _candidate() -> States:
    """Name the batch by its newest arrival, unless a batch had that second or a later one."""
    last = "$.watch.row.last.S"
    free = {"Variable": last, "StringLessThanPath": "$.candidate.text"}
    return {
        "Newest": note(
            {"text.$": _second("$.watch.row.newest.S")}, at="$.candidate", then="IsFree"
        ),
        "IsFree": choose(
            {**absent(last), "Next": "Cut"}, {**free, "Next": "Cut"}, otherwise="ThisMoment"
        ),
        "ThisMoment": note({"text.$": _second(NOW)}, at="$.candidate", then="Cut"),
    }


def _second(path: str) -> str:
    """Turn `2026-11-21T06:30:00.123Z` into `20261121T063000Z`."""
    parts = f"States.StringSplit({path}, '-:.')"
    each = [f"States.ArrayGetItem({parts}, {index})" for index in range(5)]
    return formatted("{}{}{}{}{}Z", *each)


def _cut(job: str, *, failed: str) -> State:
    """Begin a batch if nothing was counted since; what arrives from now on is for the next one."""
    values = {
        ":me": from_path(ME),
        ":arrived": {"N.$": "$.watch.row.arrived.N"},
        ":pages": string("pages"),
        ":batch": from_path("$.candidate.text"),
        ":now": from_path(NOW),
        ":one": {"N": "1"},
    }
    change = change_watch(
        job,
        "SET phase = :pages, #batch = :batch, #last = :batch, bound = :now, #page = :one",
        values,
        only_if="execution = :me AND arrived = :arrived AND attribute_not_exists(phase)"
        " AND (attribute_not_exists(#last) OR #last < :batch)",
    )
    return _write_watch(job, change, then="Phase", lost="Look", failed=failed)


def _write_watch(job: str, change: State, *, then: str, lost: str, failed: str) -> State:
    return task(
        "aws-sdk:dynamodb:updateItem",
        {**change, "ReturnValues": "ALL_NEW"},
        then=then,
        keep="$.watch",
        select=watch(job, "$.Attributes"),
        retry=retries.LEDGER,
        catch=[caught(lost, errors=[NOT_ANY_MORE]), caught(failed)],
    )


def _hand_over(machine_arn: str, *, failed: str) -> States:
    return {
        "HandOver": task(
            "states:startExecution",
            {
                "StateMachineArn": machine_arn,
                "Name.$": f"States.Hash({ME}, 'SHA-256')",
                "Input": {"resume.$": ME},
            },
            then="HandedOver",
            retry=retries.STARTS,
            catch=[caught("HandedOver", errors=[retries.STARTED_ALREADY]), caught(failed)],
        ),
        "HandedOver": {"Type": "Succeed", "Comment": "The next execution has an empty history."},
    }


def finished(job: str, *, failed: str) -> States:
    """Stop watching if nothing arrived during the batch, else go on.

    Args:
        job: Whose files they are.
        failed: The next state when the ledger cannot be written.
    """
    batch = "phase, #batch, bound, #page"
    me = {":me": from_path(ME)}
    still = {":arrived": {"N.$": "$.watch.row.arrived.N"}}
    stop = change_watch(
        job,
        f"REMOVE execution, #open, since, #machine, #input, {batch}",
        {**me, **still},
        only_if="execution = :me AND arrived = :arrived",
    )
    go_on = change_watch(job, f"REMOVE {batch}", me, only_if="execution = :me")
    return {
        "Stop": task(
            "aws-sdk:dynamodb:updateItem",
            stop,
            then="Settled",
            retry=retries.LEDGER,
            catch=[caught("GoOn", errors=[NOT_ANY_MORE]), caught(failed)],
        ),
        "Settled": {"Type": "Succeed"},
        "GoOn": _write_watch(job, go_on, then="Phase", lost="Look", failed=failed),
    }
