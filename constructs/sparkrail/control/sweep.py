"""Look at every row and every lock that is open, and wake a keeper for each that nobody holds.

A page at a time, two states for a row whose holder lives. A row without one gets an execution of
the keeper for itself, so that no history grows with the number of rows, and a page that is not the
last is followed by an execution for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sparkrail.control.judge import LIVING, describe
from sparkrail.control.locks import locks
from sparkrail.control.pages import AT_ONCE, PAGE, loud, page_of
from sparkrail.control.rows import marked
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    each,
    formatted,
    is_,
    not_,
    note,
    present,
    task,
)
from sparkrail.workflow.ledger_items import OPEN, WAITING

_JOBS_PER_PAGE = 1000
_FULL_HOUR = "*:00:00Z"
_STARTED = [retries.STARTED_ALREADY, "StepFunctions.ExecutionAlreadyExists"]


def sweep(*, keeper_arn: str, failed: str) -> States:
    """Look at all open rows, at all waiting ones, and every full hour at all locks.

    Args:
        keeper_arn: This machine.
        failed: The next state when a service cannot be reached.
    """
    return {
        **_rows(keeper_arn, then="IsFirst", failed=failed),
        "IsFirst": choose({**present("$.after"), "Next": "Nothing"}, otherwise="Lined"),
        **_lined(keeper_arn, then="LocksDue", failed=failed),
        "LocksDue": choose(
            {
                "And": [
                    present("$.scheduled_time"),
                    not_({"Variable": "$.scheduled_time", "StringMatches": _FULL_HOUR}),
                ],
                "Next": "Nothing",
            },
            otherwise="Locks",
        ),
        **locks(then="Nothing", failed=failed),
    }


def _rows(keeper_arn: str, *, then: str, failed: str) -> States:
    row = {
        "pk.$": "$$.Map.Item.Value.pk.S",
        "sk.$": "$$.Map.Item.Value.sk.S",
        "execution.$": "$$.Map.Item.Value.execution.S",
    }
    more = {"after.$": "$.page.LastEvaluatedKey"}

    def page(after: str | None = None) -> State:
        asked = marked(OPEN, show="pk, sk, execution", most=PAGE, after=after)
        return page_of(asked, keep="$.page", then="Rows", failed=failed)

    return {
        "Open": page(),
        "OpenAfter": page("$.after"),
        "Rows": each(
            "$.page.Items",
            _one_row(keeper_arn),
            start="Holder",
            item=row,
            at_once=AT_ONCE,
            then="MoreRows",
        )
        | {"Catch": [caught(failed)]},
        "MoreRows": choose({**present("$.page.LastEvaluatedKey"), "Next": "GoOn"}, otherwise=then),
        "GoOn": _wake(keeper_arn, more, about=["'next page'"], then=then, failed=failed),
    }


def _one_row(keeper_arn: str) -> States:
    given = {"row": {"pk.$": "$.pk", "sk.$": "$.sk"}, "execution.$": "$.execution"}
    lives = {**is_("$.ended.Status", *LIVING), "Next": "Held"}
    # A holder that cannot be asked after is left to the execution for its row, which fails aloud.
    return {
        "Holder": describe(
            "$.execution",
            keep="$.ended",
            then="HolderLives",
            gone="WakeForRow",
            failed="WakeForRow",
        ),
        "HolderLives": choose(lives, otherwise="WakeForRow"),
        "WakeForRow": _wake(
            keeper_arn, given, about=["$.pk", "$.sk"], then="Held", failed="Unwoken"
        ),
        "Held": note({}, at=None, then=None),
        "Unwoken": loud(),
    }


def _lined(keeper_arn: str, *, then: str, failed: str) -> States:
    """Wake a keeper for each job with runs that wait for their turn."""

    def page(after: str | None = None) -> State:
        asked = marked(
            WAITING, show="#job", most=_JOBS_PER_PAGE, names={"#job": "job"}, after=after
        )
        return page_of(asked, keep="$.lined", then="AnyLined", failed=failed)

    return {
        "Lined": page(),
        "LinedAfter": page("$.lined.LastEvaluatedKey"),
        "AnyLined": choose(
            {**present("$.lined.Items[1]"), "Next": "Jobs"},
            {**present("$.lined.Items[0]"), "Next": "OneJob"},
            otherwise="MoreLined",
        ),
        # A path with [*] is a list, but on the laptop not if it leads to one thing only.
        "Jobs": _names("States.ArrayUnique($.lined.Items[*].job.S)"),
        "OneJob": _names("States.Array($.lined.Items[0].job.S)"),
        "EachJob": each(
            "$.jobs.names",
            _one_job(keeper_arn),
            start="WakeForJob",
            item={"job.$": "$$.Map.Item.Value"},
            at_once=AT_ONCE,
            then="MoreLined",
        )
        | {"Catch": [caught(failed)]},
        "MoreLined": choose(
            {**present("$.lined.LastEvaluatedKey"), "Next": "LinedAfter"}, otherwise=then
        ),
    }


def _names(names: str) -> State:
    return note({"names.$": names}, at="$.jobs", then="EachJob")


def _one_job(keeper_arn: str) -> States:
    given = {"queue.$": "$.job"}
    return {
        "WakeForJob": _wake(
            keeper_arn, given, about=["$.job"], then="JobWoken", failed="JobUnwoken"
        ),
        "JobWoken": note({}, at=None, then=None),
        "JobUnwoken": loud(),
    }


def _wake(
    keeper_arn: str, given: dict[str, Any], *, about: Sequence[str], then: str, failed: str
) -> State:
    """Start the keeper for one thing; the same start, made again by a retry, has the same name."""
    slots = "/".join("{}" for _ in about)
    name = formatted(f"{{}}/{slots}", "$$.Execution.Id", *about)
    return task(
        "states:startExecution",
        {
            "StateMachineArn": keeper_arn,
            "Name.$": f"States.Hash({name}, 'SHA-256')",
            "Input": given,
        },
        then=then,
        keep=None,
        retry=retries.STARTS,
        catch=[caught(then, errors=_STARTED), caught(failed)],
    )
