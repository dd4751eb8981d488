"""Take away the locks that no row explains and no living execution holds."""

from __future__ import annotations

from sparkrail.control.judge import LIVING, describe
from sparkrail.control.pages import AT_ONCE, PAGE, loud, page_of
from sparkrail.control.rows import NOT_ANY_MORE, key, marked
from sparkrail.workflow import retries
from sparkrail.workflow.asl import (
    State,
    States,
    caught,
    choose,
    each,
    is_,
    note,
    present,
    same,
    task,
)
from sparkrail.workflow.ledger_items import LOCKED, TABLE, from_path

_ROW = "$.row.Item"


def locks(*, then: str, failed: str) -> States:
    """Look at every lock.

    Args:
        then: The next state.
        failed: The next state when a service cannot be reached.
    """
    lock = {
        "pk.$": "$$.Map.Item.Value.pk.S",
        "sk.$": "$$.Map.Item.Value.sk.S",
        "key.$": "$$.Map.Item.Value.key.S",
        "execution.$": "$$.Map.Item.Value.execution.S",
    }
    last = "$.locks.LastEvaluatedKey"

    def page(after: str | None = None) -> State:
        shown, names = "pk, sk, #key, execution", {"#key": "key"}
        asked = marked(LOCKED, show=shown, most=PAGE, names=names, after=after)
        return page_of(asked, keep="$.locks", then="EachLock", failed=failed)

    return {
        "Locks": page(),
        "LocksAfter": page(last),
        "EachLock": each(
            "$.locks.Items",
            {**_explained(), **_unlock()},
            start="LockRow",
            item=lock,
            at_once=AT_ONCE,
            then="MoreLocks",
        )
        | {"Catch": [caught(failed)]},
        "MoreLocks": choose({**present(last), "Next": "LocksAfter"}, otherwise=then),
    }


def _explained() -> States:
    """Read the row that the lock names; its run may hold the lock, or wait for it."""
    explained = [
        present(f"{_ROW}.execution.S"),
        same(f"{_ROW}.execution.S", "$.execution"),
        is_(f"{_ROW}.state.S", "RUNNING", "QUEUED"),
    ]
    return {
        "LockRow": task(
            "aws-sdk:dynamodb:getItem",
            {
                **TABLE,
                "Key": key("$.pk", "States.Format('run#{}', $.key)"),
                "ConsistentRead": True,
                "ProjectionExpression": "execution, #s",
                "ExpressionAttributeNames": {"#s": "state"},
            },
            then="Explained",
            keep="$.row",
            retry=retries.LEDGER,
            catch=[caught("LockUnread")],
        ),
        "Explained": choose({"And": explained, "Next": "Kept"}, otherwise="LockHolder"),
        "Kept": note({}, at=None, then=None),
        "LockUnread": loud(),
    }


def _unlock() -> States:
    lives = {**is_("$.ended.Status", *LIVING), "Next": "Kept"}
    return {
        "LockHolder": describe(
            "$.execution",
            keep="$.ended",
            then="LockHolderLives",
            gone="Unlock",
            failed="LockUnread",
        ),
        "LockHolderLives": choose(lives, otherwise="Unlock"),
        "Unlock": task(
            "aws-sdk:dynamodb:deleteItem",
            {
                **TABLE,
                "Key": key("$.pk", "$.sk"),
                "ConditionExpression": "execution = :holder",
                "ExpressionAttributeValues": {":holder": from_path("$.execution")},
            },
            then="Kept",
            keep=None,
            retry=retries.LEDGER,
            catch=[caught("Kept", errors=[NOT_ANY_MORE]), caught("LockUnread")],
        ),
    }
