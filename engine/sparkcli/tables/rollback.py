"""Set a table back to what it was, in one commit of its catalog."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.update import (
    AssertRefSnapshotId,
    AssertTableUUID,
    RemovePropertiesUpdate,
    SetPropertiesUpdate,
    SetSnapshotRefUpdate,
    TableRequirement,
    TableUpdate,
)

from sparkcli.errors import OperationError
from sparkcli.tables.snapshots import MAIN, MARK, TAG, Past
from sparkcli.tables.written import RunOf, Written

REPLACED_THROUGH = f"{MARK}replaced-through"
KEPT_DAYS = 7
_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Rollback:
    """A rollback before it is made.

    Args:
        table: Name of the table.
        head: What main is now.
        target: What main will be.
        undone: Snapshots that main loses, newest first.
        again: Snapshots that main gets again, newest first, after an earlier rollback.
        kept: Snapshots that main has now and then.
        tag: The name under which `head` is kept. Empty: nothing goes away.
    """

    table: str
    head: Written
    target: Written
    undone: tuple[Written, ...]
    again: tuple[Written, ...]
    kept: tuple[Written, ...]
    tag: str

    @classmethod
    def plan(cls, table: str, past: Past, target: Written) -> "Rollback":
        """Compare main with the state that it shall have."""
        then = past.line(target.id)
        now, before = {each.id for each in past.main}, {each.id for each in then}
        undone = tuple(each for each in past.main if each.id not in before)
        return cls(
            table,
            head=past.main[0],
            target=target,
            undone=undone,
            again=tuple(each for each in then if each.id not in now),
            kept=tuple(each for each in then if each.id in now),
            tag=_free_tag(past) if undone else "",
        )

    @property
    def undone_runs(self) -> list[RunOf]:
        """Runs of which nothing is left, oldest first."""
        return _runs(self.undone)

    @property
    def runs_again(self) -> list[RunOf]:
        """Runs whose rows come again, oldest first."""
        return _runs(self.again)

    @property
    def kept_runs(self) -> list[RunOf]:
        """Runs whose rows the table has now and then, oldest first."""
        return _runs(self.kept)

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {
            "table": self.table,
            "from": self.head.as_document(),
            "to": self.target.as_document(),
            "undone": [each.as_document() for each in self.undone],
            "again": [each.as_document() for each in self.again],
            "tag": self.tag or None,
        }


def make(table: Table, planned: Rollback, *, replaces: bool) -> None:
    """Commit a rollback.

    The commit asserts that main is still what the plan saw, so a run that published meanwhile
    makes it fail; the catalog keeps nothing of it then.

    Args:
        table: As it was read for the plan.
        planned: The rollback.
        replaces: Whether runs replace the whole table and note through which interval.

    Raises:
        OperationError: The table was written meanwhile.
    """
    requirements: tuple[TableRequirement, ...] = (
        AssertTableUUID(uuid=table.metadata.table_uuid),
        AssertRefSnapshotId(ref=MAIN, snapshot_id=planned.head.id),
    )
    if planned.tag:
        requirements += (AssertRefSnapshotId(ref=planned.tag, snapshot_id=None),)
    updates = (
        *([_tag(planned)] if planned.tag else []),
        _main(table, planned),
        *_properties(table, planned, replaces=replaces),
    )
    try:
        table.catalog.commit_table(table, requirements, updates)
    except CommitFailedException:
        if not _landed(table.catalog, table, planned):
            raise _overtaken(table.catalog, table, planned) from None


def _tag(planned: Rollback) -> TableUpdate:
    # Iceberg counts the age of a tag from its snapshot, not from when it was made.
    age_ms = max(0, int(time.time() * 1000) - int(planned.head.at.timestamp() * 1000))
    return SetSnapshotRefUpdate(
        ref_name=planned.tag,
        type=SnapshotRefType.TAG,
        snapshot_id=planned.head.id,
        max_ref_age_ms=age_ms + KEPT_DAYS * _DAY_MS,
        max_snapshot_age_ms=None,
        min_snapshots_to_keep=None,
    )


def _main(table: Table, planned: Rollback) -> TableUpdate:
    now = table.metadata.refs.get(MAIN)
    return SetSnapshotRefUpdate(
        ref_name=MAIN,
        type=SnapshotRefType.BRANCH,
        snapshot_id=planned.target.id,
        max_ref_age_ms=now.max_ref_age_ms if now else None,
        max_snapshot_age_ms=now.max_snapshot_age_ms if now else None,
        min_snapshots_to_keep=now.min_snapshots_to_keep if now else None,
    )


def _properties(table: Table, planned: Rollback, *, replaces: bool) -> tuple[TableUpdate, ...]:
    """What the table says of itself must be true of the state that it goes back to."""
    known = table.metadata.properties.get(REPLACED_THROUGH)
    if known is None and not replaces:
        return ()
    line = Past(table.metadata).line(planned.target.id)
    interval = next((each.run.interval for each in line if each.run and each.run.interval), None)
    if interval is not None:
        return (SetPropertiesUpdate(updates={REPLACED_THROUGH: interval}),)
    return (RemovePropertiesUpdate(removals=[REPLACED_THROUGH]),) if known is not None else ()


def _landed(catalog: Catalog, table: Table, planned: Rollback) -> bool:
    """Whether it was this commit that made itself fail: its answer was lost, and it came twice."""
    refs = catalog.load_table(table.name()).metadata.refs
    ids = {name: ref.snapshot_id for name, ref in refs.items()}
    kept = not planned.tag or ids.get(planned.tag) == planned.head.id
    return kept and ids.get(MAIN) == planned.target.id


def _overtaken(catalog: Catalog, table: Table, planned: Rollback) -> OperationError:
    now = Past(catalog.load_table(table.name()).metadata).main
    wrote = f": {now[0].by or now[0].operation} did" if now else ""
    return OperationError(
        f"{planned.table} was written while you decided{wrote}. Nothing was rolled back; look at "
        "it again.",
        next_command=f"./sparkrail tables history {planned.table}",
        document=planned.as_document(),
    )


def _free_tag(past: Past) -> str:
    taken = {ref.name for ref in past.refs}
    number = 1
    while f"{TAG}{number}" in taken:
        number += 1
    return f"{TAG}{number}"


def _runs(states: Iterable[Written]) -> list[RunOf]:
    return list(dict.fromkeys(each.run for each in reversed(list(states)) if each.run))
