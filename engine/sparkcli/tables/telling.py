"""Who is told of a rollback: the ledger, and the environment's event bus."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.ledger import Ledger, key_of, plain
from sparkcli.pauses import who
from sparkcli.tables.rollback import Rollback
from sparkcli.tables.written import RunOf

TABLE_ROLLED_BACK = "Table Rolled Back"
"""Detail type of the event. Rules of triggers match "Table Written", so it starts no job."""


def record(cloud: Cloud, made: Rollback, at: str) -> None:
    """Write down who rolled back what, and which intervals the table no longer has.

    Args:
        cloud: Where.
        made: The rollback that was made.
        at: When, as ISO text in UTC.
    """
    ledger = Ledger(cloud)
    kept = {_interval(run) for run in (*made.runs_again, *made.kept_runs)}
    for run in made.undone_runs:
        if _interval(run) not in kept:
            _withdraw(cloud, ledger, made.table, run)
    for run in made.runs_again:
        _bring_again(cloud, ledger, made.table, run, at)
    cloud.dynamodb.put_item(
        TableName=ledger.table,
        Item={
            **key_of(f"table#{made.table}", f"rollback#{at}#{made.tag}"),
            "by": {"S": who(cloud)},
            "from": {"S": str(made.head.id)},
            "to": {"S": str(made.target.id)},
            "tag": {"S": made.tag},
            "undone": {"S": json.dumps(_documents(made.undone_runs))},
            "again": {"S": json.dumps(_documents(made.runs_again))},
        },
    )


def rollbacks(cloud: Cloud, table: str) -> list[Mapping[str, Any]]:
    """Rollbacks of a table, newest first: `at`, `by`, `from`, `to`, `tag`, `undone`, `again`."""
    rows = [plain(item) for item in Ledger(cloud).items(f"table#{table}", "rollback#")]
    return [
        {
            "at": str(row["sk"]).split("#")[1],
            "by": row["by"],
            "from": int(row["from"]),
            "to": int(row["to"]),
            "tag": row["tag"],
            "undone": json.loads(row["undone"]),
            "again": json.loads(row["again"]),
        }
        for row in reversed(rows)
    ]


def announce(cloud: Cloud, made: Rollback, at: str) -> str:
    """Put the event on the environment's bus: docs/contracts/table-rolled-back.schema.json.

    Returns:
        Why the bus did not take it; empty if it did.
    """
    detail = {
        "table": made.table,
        "from_snapshot": str(made.head.id),
        "to_snapshot": str(made.target.id),
        "tag": made.tag,
        "undone": _documents(made.undone_runs),
        "again": _documents(made.runs_again),
        "by": who(cloud),
        "at": at,
    }
    entry = {
        "EventBusName": cloud.names.bus,
        "Source": cloud.environment.prefix,
        "DetailType": TABLE_ROLLED_BACK,
        "Detail": json.dumps(detail),
    }
    answer = cloud.events.put_events(Entries=[entry])
    if not answer.get("FailedEntryCount"):
        return ""
    return str(answer["Entries"][0].get("ErrorMessage") or answer["Entries"][0].get("ErrorCode"))


def _documents(runs: Iterable[RunOf]) -> list[dict[str, Any]]:
    return [
        {"job": run.job, "key": run.key, "generation": run.generation, "interval": _interval(run)}
        for run in runs
    ]


def _interval(run: RunOf) -> str:
    """The key under which the ledger says that a table was written; without interval the run's."""
    return run.interval or run.key


def _withdraw(cloud: Cloud, ledger: Ledger, table: str, run: RunOf) -> None:
    """Take back that an interval was written, if it is this run that wrote it."""
    try:
        cloud.dynamodb.delete_item(
            TableName=ledger.table,
            Key=key_of(f"table#{table}", f"interval#{_interval(run)}"),
            ConditionExpression="#k = :key AND generation = :generation",
            ExpressionAttributeNames={"#k": "key"},
            ExpressionAttributeValues={
                ":key": {"S": run.key},
                ":generation": {"N": str(run.generation)},
            },
        )
    except cloud.dynamodb.exceptions.ConditionalCheckFailedException:
        return  # another run has written it since, or nobody said it


def _bring_again(cloud: Cloud, ledger: Ledger, table: str, run: RunOf, at: str) -> None:
    row = ledger.run(run.job, run.key) if run.job else None
    if row is None:
        return
    cloud.dynamodb.put_item(
        TableName=ledger.table,
        Item={
            **key_of(f"table#{table}", f"interval#{_interval(run)}"),
            "job": {"S": run.job},
            "key": {"S": run.key},
            "generation": {"N": str(run.generation)},
            "execution": {"S": row.execution},
            "at": {"S": at},
        },
    )
