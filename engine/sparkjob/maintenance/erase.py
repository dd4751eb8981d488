"""The rows of one key leave the table, its files and its history; what still has them is said."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Iterator, List, Mapping

from pyspark.sql import functions as F

from sparkjob.contracts import Contract
from sparkjob.errors import InputRefused
from sparkjob.maintenance.beside_writers import beside_writers
from sparkjob.maintenance.expiry import HOLD, drop, holds
from sparkjob.maintenance.history import MAIN
from sparkjob.maintenance.retention import delete_where
from sparkjob.maintenance.rows_of_key import RowsOfKey
from sparkjob.maintenance.table import KeptTable
from sparkjob.publishing.iceberg import at_snapshot

NONCURRENT_DAYS = 30
"""How long the lake bucket keeps what was overwritten or deleted (its lifecycle rule)."""


def erase(table: KeptTable, contract: Contract, where: str) -> Dict[str, Any]:
    """Erase the rows of one key, and say what still has them and until when.

    Delete; rewrite the files in which deleted rows are only hidden; expire every snapshot that is
    not the newest of a branch or a tag. A rerun after a kill finishes what was begun.

    Args:
        table: The table.
        contract: Says which columns there are, and whose values may not be shown.
        where: The rows, in SQL: `column = value`, several joined by AND.

    Returns:
        What was done, for the report.

    Raises:
        InputRefused: It is no such condition, or a reader holds a snapshot. Nothing was changed.
        Busy: Writers were faster each time; a rerun finishes.
    """
    key = RowsOfKey.parse(table.spark, where, contract)
    _check_holds(table)
    rows = int(table.spark.table(table.name).where(key.sql).count())
    expired = 0
    if rows or any(_is_in(table, each, key) for each in _snapshots(table)):
        beside_writers(lambda: delete_where(table.again(), key.sql))
        beside_writers(lambda: _rewrite(table.again(), key))
        expired = beside_writers(lambda: _expire(table.again()))
    done = _document(table.again(), contract, key, rows=rows, expired=expired)
    print("\n".join(done["lines"]), flush=True)
    return done


def _check_holds(table: KeptTable) -> None:
    held = holds(table)
    if held:
        named = ", ".join(f"{reader} (snapshot {id_})" for reader, id_ in held.items())
        raise InputRefused(
            f"{table.name} is held for {named}: what it holds would keep the rows. When the "
            f"reader has moved on: ALTER TABLE {table.name} UNSET TBLPROPERTIES "
            f"('{HOLD}{next(iter(held))}')\nNothing was changed."
        )


def _snapshots(table: KeptTable) -> List[int]:
    return [row[0] for row in table.metadata("snapshots").select("snapshot_id").collect()]


def _is_in(table: KeptTable, snapshot: int, key: RowsOfKey) -> bool:
    frame = at_snapshot(table.spark, table.name, snapshot)
    known = all(name in frame.columns for name in key.values)  # a column may be younger
    return known and bool(frame.where(key.sql).take(1))


def _rewrite(table: KeptTable, key: RowsOfKey) -> None:
    """Rewrite the files that may have such rows and have deletes."""
    if table.java.currentSnapshot() is None or not table.metadata("delete_files").take(1):
        return
    catalog, _, name = table.name.partition(".")
    condition = key.sql.replace("\\", "\\\\").replace("'", "\\'")
    table.spark.sql(
        f"CALL {catalog}.system.rewrite_data_files(table => '{name}', where => '{condition}', "
        "options => map('delete-file-threshold', '1', 'remove-dangling-deletes', 'true'))"
    )


def _expire(table: KeptTable) -> int:
    """Expire all but the newest snapshot of each branch and tag."""
    refs = {row[0] for row in table.metadata("refs").select("snapshot_id").collect()}
    ids = [each for each in _snapshots(table) if each not in refs]
    drop(table, ids, others_too=True)
    return len(ids)


def _document(
    table: KeptTable, contract: Contract, key: RowsOfKey, *, rows: int, expired: int
) -> Dict[str, Any]:
    until = datetime.now(timezone.utc).date() + timedelta(days=NONCURRENT_DAYS)
    still = list(_still_in(table, key))
    lines = [
        f"{contract.name}: {rows:,} rows with {key.shown(contract)} erased, "
        f"{expired:,} snapshots expired",
        *(f"  still in {_said(each)}: {each['drop']}" for each in still),
        f"  until {until} the lake bucket keeps the deleted files, for those who may read versions",
        "  not searched: refused rows in quarantine, and the files that the rows came from",
    ]
    return {
        "task": "erase",
        "table": contract.name,
        "lines": lines,
        "rows": rows,
        "snapshots_expired": expired,
        "still_in": still,
        "files_until": str(until),
    }


def _still_in(table: KeptTable, key: RowsOfKey) -> Iterator[Dict[str, Any]]:
    for row in table.metadata("refs").where(F.col("name") != MAIN).collect():
        if not _is_in(table, row["snapshot_id"], key):
            continue
        made, age = table.java.snapshot(row["snapshot_id"]), row["max_reference_age_in_ms"]
        gone = (int(made.timestampMillis()) + age) / 1000 if age else None
        yield {
            "name": row["name"],
            "kind": row["type"].lower(),
            "until": str(datetime.fromtimestamp(gone, timezone.utc).date()) if gone else None,
            "drop": f"ALTER TABLE {table.name} DROP {row['type']} `{row['name']}`",
        }


def _said(ref: Mapping[str, Any]) -> str:
    until = f"until {ref['until']}" if ref["until"] else "for ever"
    return f"{ref['kind']} {ref['name']} {until}"
