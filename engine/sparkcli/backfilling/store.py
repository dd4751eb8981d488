"""The plan of a backfill in the ledger, which its machine reads.

pk backfill#<plan>   sk plan                        what was asked for, and how it stands
pk backfill#<plan>   sk todo#<level>#<job>#<key>    a run that is to be made
pk backfill#<plan>   sk done#<level>#<job>#<key>    what became of it; written by the machine
pk backfills         sk <plan>                      lists the plans
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sparkcli.backfilling.plan import Todo
from sparkcli.cloud import Cloud
from sparkcli.errors import CallError, OperationError, nearest
from sparkcli.ledger import Ledger, key_of, plain

ITEMS_PER_WRITE = 25  # BatchWriteItem takes no more
MOST_PLANS = 50
PATIENCE_SECONDS = 60
LIST = "backfills"
PLANNED = "PLANNED"
_ID = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True)
class Plan:
    """What a backfill was asked for, and how it stands.

    Args:
        id: Names it: the time at which it was made.
        job: The job that it begins with.
        first: First day, as ISO text.
        last: Last day, as ISO text.
        again: Whether keys that had succeeded run as well.
        downstream: Whether jobs that read what is written run as well.
        concurrency: How many runs at a time.
        count: How many runs.
        state: PLANNED, RUNNING, SUCCEEDED or FAILED.
        by: Who made it.
        since: When it was made, as ISO text in UTC.
        execution: ARN of the execution that works on it.
        cause: Why its machine broke.
    """

    id: str
    job: str
    first: str
    last: str
    again: bool
    downstream: bool
    concurrency: int
    count: int
    state: str
    by: str
    since: str
    execution: str = ""
    cause: str = ""

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        values = {"plan" if name == "id" else name: value for name, value in vars(self).items()}
        return {**values, "execution": self.execution or None, "cause": self.cause or None}


@dataclass(frozen=True)
class Standing:
    """How far a backfill is.

    Args:
        todo: How many runs are still to be made, or under way.
        states: How many runs ended how.
        bad: Runs without their data, with state and cause.
    """

    todo: int
    states: Mapping[str, int]
    bad: tuple[Mapping[str, str], ...]

    def __str__(self) -> str:
        ended = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return f"{ended or 'none ended'}, {self.todo} to do"


def plan_id(now: datetime) -> str:
    """Name a plan made now.

    >>> plan_id(datetime(2026, 11, 21, 6, 30, tzinfo=UTC))
    '20261121T063000Z'
    """
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def is_plan_id(text: str) -> bool:
    """Whether a text is the name of a plan rather than that of a job."""
    return bool(_ID.fullmatch(text))


def write_plan(cloud: Cloud, plan: Plan, todos: Sequence[Todo]) -> None:
    """Write a plan: first its runs, then the rows that make it one.

    Raises:
        OperationError: There is a plan of this name, or the ledger does not take the rows.
    """
    ledger = Ledger(cloud)
    if ledger.item(_partition(plan.id), "plan") is not None:
        raise OperationError(f"There is a backfill {plan.id} already. Try again in a second.")
    requests = [{"PutRequest": {"Item": _todo_row(cloud, plan.id, todo)}} for todo in todos]
    for at in range(0, len(requests), ITEMS_PER_WRITE):
        _write(cloud, requests[at : at + ITEMS_PER_WRITE])
    listed = {**key_of(LIST, plan.id), "job": {"S": plan.job}}
    cloud.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": ledger.table, "Item": item}} for item in (_plan_row(plan), listed)
        ]
    )


def read_plan(cloud: Cloud, name: str) -> Plan:
    """The plan of that name.

    Raises:
        CallError: There is none.
    """
    item = Ledger(cloud).item(_partition(name), "plan")
    if item is None:
        raise CallError(
            f'There is no backfill "{name}".{nearest(name, list_plans(cloud))}',
            next_command="./sparkrail backfill --list",
        )
    row = plain(item)
    known = {field: row[field] for field in Plan.__dataclass_fields__ if field in row}
    return Plan(**{**known, "id": name, "first": row["from"], "last": row["to"]})


def standing(cloud: Cloud, name: str) -> Standing:
    """Count what a backfill has still to do, and what became of the rest."""
    ledger, states, bad = Ledger(cloud), dict[str, int](), []
    for item in ledger.items(_partition(name), "done#"):
        row = plain(item)
        states[row["state"]] = states.get(row["state"], 0) + 1
        if not row.get("good"):
            bad.append(
                {field: str(row.get(field, "")) for field in ("job", "key", "state", "cause")}
            )
    todo = sum(1 for _ in ledger.items(_partition(name), "todo#"))
    return Standing(todo, states, tuple(bad))


def list_plans(cloud: Cloud) -> list[str]:
    """Names of the newest plans, newest first."""
    found = cloud.dynamodb.query(
        TableName=Ledger(cloud).table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": LIST}},
        ScanIndexForward=False,
        Limit=MOST_PLANS,
    )
    return [plain(item)["sk"] for item in found["Items"]]


def _partition(name: str) -> str:
    return f"backfill#{name}"


def _plan_row(plan: Plan) -> dict[str, Any]:
    texts = {"job": plan.job, "from": plan.first, "to": plan.last, "state": plan.state}
    texts |= {"by": plan.by, "since": plan.since}
    return {
        **key_of(_partition(plan.id), "plan"),
        **{name: {"S": value} for name, value in texts.items()},
        "again": {"BOOL": plan.again},
        "downstream": {"BOOL": plan.downstream},
        "concurrency": {"N": str(plan.concurrency)},
        "count": {"N": str(plan.count)},
    }


def _todo_row(cloud: Cloud, name: str, todo: Todo) -> dict[str, Any]:
    needs = [{"S": f"done#{each.level:02}#{each.rest}"} for each in todo.needs]
    return {
        **key_of(_partition(name), f"todo#{todo.level:02}#{todo.rest}"),
        "level": {"S": f"{todo.level:02}"},
        "job": {"S": todo.job},
        "key": {"S": todo.key},
        "generation": {"N": str(todo.generation)},
        "machine": {"S": cloud.names.machine_arn(todo.job)},
        "rest": {"S": todo.rest},
        **({"needs": {"L": needs}} if needs else {}),
    }


def _write(cloud: Cloud, requests: list[Any]) -> None:
    """Write some rows; what is throttled is written again, later and later."""
    table, began = Ledger(cloud).table, time.monotonic()
    for pause in _pauses():
        answer = cloud.dynamodb.batch_write_item(RequestItems={table: requests})
        requests = list(answer.get("UnprocessedItems", {}).get(table, []))
        if not requests:
            return
        if time.monotonic() - began > PATIENCE_SECONDS:
            raise OperationError(
                "The run ledger is throttled: the plan was not written, and nothing was started. "
                "Try again later."
            )
        time.sleep(pause)


def _pauses() -> Iterator[float]:
    pause = 0.1
    while True:
        yield pause
        pause = min(pause * 2, 5.0)
