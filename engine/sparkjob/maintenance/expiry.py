"""Snapshot expiry that never outruns a reader: by explicit ids, after a look at who needs what."""

from __future__ import annotations

import time
from typing import Dict, Iterable, List, Optional

from pyspark.sql import functions as F

from sparkjob.contracts import Contract
from sparkjob.maintenance.history import Decision, History, Keep, Ref, Snapshot, decide
from sparkjob.maintenance.table import NOTHING, KeptTable

HOLD = "sparkrail.hold."
"""So begin the table properties that hold a snapshot: `sparkrail.hold.<reader>` = its id."""

_STREAM = "spark.sql.streaming.queryId"
_REF_AGE = "history.expire.max-ref-age-ms"
_DELETERS = 8


def expire(table: KeptTable, contract: Contract) -> str:
    """Expire the snapshots and refs that nobody needs, and delete the files that only they had.

    Args:
        table: The table.
        contract: Says for how long snapshots stay.
    """
    if not table.may_delete_files:
        return "nothing expired: the table's property gc.enabled is false"
    held = holds(table)
    broken = sorted(name for name, id_ in held.items() if id_ is None)
    if broken:
        return f"nothing expired: {_unset(table, broken)}"
    kept = contract.maintenance
    keep = Keep(
        days=kept.keep_days,
        snapshots=kept.keep_snapshots,
        holds={name: id_ for name, id_ in held.items() if id_ is not None},
    )
    decision = decide(history_of(table), keep, now_ms=int(time.time() * 1000))
    if decision.lost:
        return f"nothing expired: {_unset(table, decision.lost)}"
    stays = "".join(f"; {count:,} stay for {whom}" for whom, count in decision.kept_by.items())
    if not decision.snapshots and not decision.refs:
        return f"{NOTHING}{stays}"
    others = drop(table, decision.snapshots)
    if others:
        return (
            f"nothing expired: a branch has a max-snapshot-age of its own, by which Iceberg would "
            f"expire {len(others):,} more than is safe. Its owner can take it back: "
            f"ALTER TABLE {table.name} CREATE OR REPLACE BRANCH ..."
        )
    return f"{_said(decision)}{stays}"


def drop(table: KeptTable, snapshots: Iterable[int], *, others_too: bool = False) -> List[int]:
    """Expire these snapshots, refs whose time is over, and nothing else.

    Args:
        table: The table.
        snapshots: Their ids; none is the newest of a branch or a tag.
        others_too: Whether Iceberg may expire more, as a setting of a branch tells it to.

    Returns:
        Empty if it was done. Else ids that Iceberg would have expired as well, and nothing was.
    """
    ids = list(snapshots)
    change = table.java.expireSnapshots().expireOlderThan(0)  # no snapshot goes for its age
    for id_ in ids:
        change = change.expireSnapshotId(id_)
    others = {int(each.snapshotId()) for each in change.apply()} - set(ids)
    if others and not others_too:
        return sorted(others)
    deleters = table.spark._jvm.java.util.concurrent.Executors.newFixedThreadPool(_DELETERS)
    try:
        change.executeDeleteWith(deleters).commit()
    finally:
        deleters.shutdown()
    return []


def holds(table: KeptTable) -> Dict[str, Optional[int]]:
    """The snapshots that readers hold, by reader; None if a property holds no id."""
    found = table.properties
    return {
        name[len(HOLD) :]: int(value) if value.isdigit() else None
        for name, value in sorted(found.items())
        if name.startswith(HOLD)
    }


def history_of(table: KeptTable) -> History:
    """Read what the table says of its past; only its metadata file is looked at."""
    default = table.properties.get(_REF_AGE)
    snapshots = (
        table.metadata("snapshots")
        .select(
            "snapshot_id",
            "parent_id",
            F.unix_millis("committed_at").alias("committed"),
            F.col("summary")[_STREAM].alias("stream"),
        )
        .collect()
    )
    log = (
        table.metadata("history")
        .select(F.unix_millis("made_current_at").alias("made"), "snapshot_id")
        .collect()
    )
    return History(
        snapshots={
            row["snapshot_id"]: Snapshot(
                row["snapshot_id"], row["parent_id"], row["committed"], row["stream"]
            )
            for row in snapshots
        },
        log=tuple((row["made"], row["snapshot_id"]) for row in log),
        refs=tuple(
            Ref(
                row["name"],
                row["type"],
                row["snapshot_id"],
                row["max_reference_age_in_ms"] or (int(default) if default else None),
            )
            for row in table.metadata("refs").collect()
        ),
    )


def _said(decision: Decision) -> str:
    refs = f", and branches and tags: {', '.join(decision.refs)}" if decision.refs else ""
    return f"{len(decision.snapshots):,} snapshots expired{refs}"


def _unset(table: KeptTable, readers: Iterable[str]) -> str:
    """Say which holds name no snapshot of the table, and how to take one away."""
    named = list(readers)
    return (
        f"{', '.join(f'{HOLD}{each}' for each in named)} names no snapshot of the table. If the "
        f"reader is gone: ALTER TABLE {table.name} UNSET TBLPROPERTIES ('{HOLD}{named[0]}')"
    )
