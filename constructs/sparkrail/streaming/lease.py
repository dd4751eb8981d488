"""One execution at a time: take the lease, or leave a mark that its holder reads when it lets go.

A holder that has ended without letting go is none: the next wake takes the lease from it. What is
asked is whether it lives, not how long it has had the lease: a drain takes as long as it takes.
"""

from __future__ import annotations

from sparkrail.control.judge import LIVING, describe
from sparkrail.streaming.rows import NOT_ANY_MORE, lease_key
from sparkrail.workflow import retries
from sparkrail.workflow.asl import State, States, caught, choose, formatted, is_, task
from sparkrail.workflow.ledger_items import ME, MINE_OR_NEW, TABLE, Item, from_path

_MINE = "execution = :me"
_SETTLE_SECONDS = 5
"""Step Functions may start the definition of before for some seconds after it was changed."""


def take(job: str, *, then: str, failed: str) -> States:
    """Become the holder, or leave a mark for whoever is.

    Args:
        job: The stream.
        then: The next state of the holder.
        failed: The next state when a service cannot be reached.
    """
    dead = {":dead": from_path("$.lease.holder")}
    marked = _update(
        job,
        "SET again = :now",
        only_if="attribute_exists(pk)",
        values={":now": from_path("$$.State.EnteredTime")},
    )
    return {
        "Take": _write(
            "updateItem", _own(job, MINE_OR_NEW), then=then, otherwise="Mark", failed=failed
        ),
        "Mark": {
            **_write("updateItem", marked, then="Holder", otherwise="Take", failed=failed),
            "ResultPath": "$.lease",
            "ResultSelector": {"holder.$": "$.Attributes.execution.S"},
        },
        "Holder": describe(
            "$.lease.holder", keep="$.ended", then="HolderLives", gone="TakeOver", failed=failed
        ),
        "HolderLives": choose(
            {**is_("$.ended.Status", *LIVING), "Next": "LeftAMark"}, otherwise="TakeOver"
        ),
        "LeftAMark": {"Type": "Succeed", "Comment": "The holder looks again before it lets go."},
        "TakeOver": _write(
            "updateItem",
            _own(job, f"execution = :dead OR {_MINE}", dead),
            then=then,
            otherwise="Take",
            failed=failed,
        ),
    }


def let_go(job: str, *, machine_arn: str, failed: str) -> States:
    """Give the lease back; if there is a mark, start an execution that looks again.

    A new execution has the definition of now, which this one may not have any more.

    Args:
        job: The stream.
        machine_arn: The reconciler itself.
        failed: The next state when a service cannot be reached.
    """
    return {
        "LetGo": _write(
            "deleteItem",
            _deletion(job, f"{_MINE} AND attribute_not_exists(again)"),
            then="Done",
            otherwise="HandOver",
            failed=failed,
        ),
        "Outdated": {
            "Type": "Wait",
            "Seconds": _SETTLE_SECONDS,
            "Next": "HandOver",
            "Comment": "Another definition was deployed after this execution began.",
        },
        "HandOver": _write(
            "deleteItem",
            _deletion(job, f"attribute_not_exists(pk) OR {_MINE}"),
            then="Successor",
            otherwise="Successor",
            failed=failed,
        ),
        "Successor": task(
            "states:startExecution",
            {
                "StateMachineArn": machine_arn,
                "Name.$": f"States.Hash({formatted('{}/next', '$$.Execution.Id')}, 'SHA-256')",
                "Input": {"by": "again"},
            },
            then="Done",
            keep=None,
            retry=retries.STARTS,
            catch=[caught("Done", errors=[retries.STARTED_ALREADY]), caught(failed)],
        ),
        "Done": {"Type": "Succeed"},
    }


def _own(job: str, only_if: str, more: Item | None = None) -> State:
    values = ME | {":now": from_path("$$.State.EnteredTime")} | (more or {})
    return _update(job, "SET execution = :me, since = :now", only_if=only_if, values=values)


def _update(job: str, expression: str, *, only_if: str, values: Item) -> State:
    return {
        **TABLE,
        "Key": lease_key(job),
        "UpdateExpression": expression,
        "ConditionExpression": only_if,
        "ExpressionAttributeValues": values,
        "ReturnValues": "ALL_NEW",
    }


def _deletion(job: str, only_if: str) -> State:
    return {
        **TABLE,
        "Key": lease_key(job),
        "ConditionExpression": only_if,
        "ExpressionAttributeValues": ME,
    }


def _write(call: str, parameters: State, *, then: str, otherwise: str, failed: str) -> State:
    return task(
        f"aws-sdk:dynamodb:{call}",
        parameters,
        then=then,
        keep=None,
        retry=retries.LEDGER,
        catch=[caught(otherwise, errors=[NOT_ANY_MORE]), caught(failed)],
    )
