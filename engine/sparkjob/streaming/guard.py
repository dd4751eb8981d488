"""Rows into a table exactly once: staged, then one commit of the rows and of the batch's mark.

The mark is a property of the table, so it survives compaction and the expiry of snapshots, and a
batch that Spark takes again, after whatever death, is found to be there. (Spark's own sink looks
for the batch in the snapshots that are left.)
"""

from __future__ import annotations

import random
import time
from functools import partial
from typing import Any, Callable, Optional

from pyspark.sql import SparkSession

from sparkjob.errors import NotPublished
from sparkjob.publishing.branches import WAP_ID
from sparkjob.publishing.iceberg import commit, load
from sparkjob.streaming.mark import Mark, mark_in, property_of

REMADE = 5
"""Times that a batch is staged anew because others have changed the table meanwhile."""

_ENABLED, _STAGES = "write.wap.enabled", "spark.wap.id"
_LONGEST_PAUSE_SECONDS = 1.0
_NOT_PICKED = ("ValidationException", "DuplicateWAPCommitException", "Cannot cherry-pick")
_NOT_THERE = "Cannot cherry-pick unknown snapshot"

Write = Callable[[], None]


def allow_staging(spark: SparkSession, table: str) -> None:
    """Let a table take snapshots that readers do not see, if it does not yet."""

    def change(transaction: Any) -> None:  # noqa: ANN401  an object of the JVM
        if transaction.table().properties().get(_ENABLED) != "true":
            transaction.updateProperties().set(_ENABLED, "true").commit()

    commit(spark, table, change)


def read_mark(spark: SparkSession, table: str, job: str) -> Optional[Mark]:
    """The newest batch of a job's stream that a table has."""
    return mark_in(dict(load(spark, table).properties()), job)


def publish(spark: SparkSession, table: str, write: Optional[Write], mark: Mark, job: str) -> bool:
    """Bring the rows of a batch into a table, unless it has them.

    Args:
        spark: The session that writes.
        table: catalog.database.table, which allows staging.
        write: Writes the rows to the table. None: there are none, and only the mark is set.
        mark: Of the batch.
        job: Name of the job.

    Returns:
        Whether the table has them by this call; else it had them before.

    Raises:
        NotPublished: The stream of a later version writes to the table, or others were faster
            each time.
    """
    for left in range(REMADE, -1, -1):
        found = read_mark(spark, table, job)
        if found is not None and found.covers(mark):
            return False
        staged = stage(spark, table, write, mark.wap_id(job)) if write else None
        try:
            return commit(spark, table, partial(add, staged=staged, mark=mark, job=job))
        except Exception as error:  # its type depends on the version of Spark
            if not _has_moved(error):
                raise
            if not left:
                raise _overtaken(table) from error
        time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))
    raise AssertionError("the last try returns or raises")


def stage(spark: SparkSession, table: str, write: Write, wap_id: str) -> Optional[int]:
    """Write rows to a snapshot that readers do not see.

    Returns:
        Its id; None: there was nothing to change, as when a merge finds only newer rows.
    """
    before = int(load(spark, table).operations().current().lastSequenceNumber())
    spark.conf.set(_STAGES, wap_id)
    try:
        write()
    finally:
        spark.conf.unset(_STAGES)
    return _staged(load(spark, table), wap_id, before)


def add(
    transaction: Any,  # noqa: ANN401  an object of the JVM
    staged: Optional[int],
    mark: Mark,
    job: str,
) -> bool:
    """Put staged rows and the mark into a transaction, unless the table has them by now."""
    found = mark_in(dict(transaction.table().properties()), job)
    if found is not None and found.covers(mark):
        return False
    if staged is not None:
        transaction.manageSnapshots().cherrypick(staged).commit()
    transaction.updateProperties().set(property_of(job), mark.to_json()).commit()
    return True


def refuse_successor(found: Optional[Mark], mark: Mark, table: str, job: str) -> None:
    """Refuse to write behind a query that took the place of this one.

    Raises:
        NotPublished: The table's mark is of such a query.
    """
    if found is not None and found.is_of_successor(mark):
        raise NotPublished(
            f"{table}: another query of {job} (state version {found.state_version}, id "
            f"{found.query}) has written to it since this one began, so this one ends. Nothing "
            f"was published by it.\nSee what runs: sparkrail streams",
            retryable=False,
        )


def _staged(live: Any, wap_id: str, before: int) -> Optional[int]:  # noqa: ANN401
    """The newest snapshot with an id that came after a moment; a killed try may have left one."""
    snapshots = list(live.snapshots())
    for snapshot in reversed(snapshots):
        if int(snapshot.sequenceNumber()) <= before:
            return None
        if dict(snapshot.summary()).get(WAP_ID) == wap_id:
            return int(snapshot.snapshotId())
    return None


def _has_moved(error: BaseException) -> bool:
    """Whether the staged snapshot cannot be applied to what the table is now.

    Rows that were merged can only be applied to the very table they were merged with; the rest
    fails if others have expired the snapshot, or published one of the same name.
    """
    text = str(error)
    return any(sign in text for sign in (*_NOT_PICKED, _NOT_THERE))


def _overtaken(table: str) -> NotPublished:
    return NotPublished(
        f"{table}: others committed each of the {REMADE + 1} times that the batch was about to be "
        "published. Nothing of it was published; it is taken again.\nLet fewer jobs write to the "
        "table at the same time.",
        retryable=True,
    )
