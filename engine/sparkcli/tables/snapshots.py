"""The snapshots of a table as people think of them: which run wrote what, when.

A run marks its snapshots (`sparkrail.job`, `sparkrail.run-key`, ...). One that Iceberg
cherry-picked into main has lost these marks; it has `published-wap-id`, and where it came from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.refs import SnapshotRefType
from pyiceberg.table.snapshots import Snapshot

from sparkcli.tables.owners import UPKEEP
from sparkcli.tables.written import RunOf, Written, moment

MAIN = "main"
TAG = "before-rollback-"
MARK = "sparkrail."


@dataclass(frozen=True)
class Branch:
    """A branch or a tag beside main.

    Args:
        name: Its name.
        head: The snapshot that it names.
        until: When Iceberg's expiry removes it. None: never.
        tag: Whether it is a tag.
    """

    name: str
    head: Written
    until: datetime | None
    tag: bool

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        until = moment(self.until) if self.until else None
        return {"name": self.name, "until": until, **self.head.as_document()}


class Past:
    """What a table was: the snapshots of main, those that main has left, and branches.

    Args:
        metadata: The table's metadata.
    """

    def __init__(self, metadata: TableMetadata) -> None:
        self._metadata = metadata
        self._known = {each.snapshot_id: each for each in metadata.snapshots}

    @cached_property
    def main(self) -> tuple[Written, ...]:
        """The snapshots of main, newest first."""
        return self.line(self._metadata.current_snapshot_id)

    @cached_property
    def undone(self) -> tuple[Written, ...]:
        """Snapshots that main had and left by a rollback, newest first."""
        now = {each.id for each in self.main}
        heads = [entry.snapshot_id for entry in self._metadata.snapshot_log]
        heads += [ref.head.id for ref in self.refs if ref.tag and ref.name.startswith(TAG)]
        gone: dict[int, Written] = {}
        for head in heads:
            for snapshot in self._ancestors(head):
                if snapshot.snapshot_id in now or snapshot.snapshot_id in gone:
                    break
                gone[snapshot.snapshot_id] = self.written(snapshot)
        return tuple(sorted(gone.values(), key=lambda each: (each.at, each.id), reverse=True))

    @cached_property
    def refs(self) -> tuple[Branch, ...]:
        """Branches and tags other than main, newest first."""
        found = [
            Branch(
                name,
                self.written(self._known[ref.snapshot_id]),
                _until(self._known[ref.snapshot_id], ref.max_ref_age_ms),
                tag=ref.snapshot_ref_type == SnapshotRefType.TAG,
            )
            for name, ref in self._metadata.refs.items()
            if name != MAIN and ref.snapshot_id in self._known
        ]
        return tuple(sorted(found, key=lambda each: (each.head.at, each.name), reverse=True))

    def line(self, head: int | None) -> tuple[Written, ...]:
        """A snapshot and those that it was made from, newest first, as far as they are kept."""
        return tuple(map(self.written, self._ancestors(head)))

    def find(self, snapshot: int) -> Written | None:
        """The snapshot of this id, or None when it is not kept or never was here."""
        known = self._known.get(snapshot)
        return self.written(known) if known else None

    def written(self, snapshot: Snapshot) -> Written:
        """What a snapshot did, and which run it was."""
        said = _summary(snapshot)
        run = self._run(said)
        kept = run is not None and run.job.startswith(UPKEEP)
        return Written(
            id=snapshot.snapshot_id,
            at=datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC),
            operation=str(snapshot.summary.operation.value) if snapshot.summary else "",
            run=None if kept else run,
            upkeep=run.name if run and kept else "",
            added=_number(said, "added-records"),
            removed=_number(said, "deleted-records") + _number(said, "added-position-deletes"),
            files=_number(said, "total-data-files"),
            rows=_number(said, "total-records") - _number(said, "total-position-deletes"),
            bytes=_number(said, "total-files-size"),
        )

    def _ancestors(self, head: int | None) -> Iterator[Snapshot]:
        while head is not None and head in self._known:
            snapshot = self._known[head]
            yield snapshot
            head = snapshot.parent_snapshot_id

    def _run(self, said: Mapping[str, str]) -> RunOf | None:
        if f"{MARK}run-key" in said:
            return RunOf(
                said.get(f"{MARK}job", ""),
                said[f"{MARK}run-key"],
                int(said.get(f"{MARK}generation", 1)),
                said.get(f"{MARK}interval", ""),
            )
        parts = said.get("published-wap-id", "").rsplit(".", 2)
        if len(parts) < 3 or not parts[2].isdigit():  # noqa: PLR2004  job, key, generation
            return None
        source = self._known.get(int(said.get("source-snapshot-id", 0)))
        interval = _summary(source).get(f"{MARK}interval", "") if source else ""
        return RunOf(parts[0], parts[1], int(parts[2]), interval)


def _until(snapshot: Snapshot, max_age_ms: int | None) -> datetime | None:
    """When a reference ends: Iceberg counts its age from its snapshot."""
    if max_age_ms is None:
        return None
    return datetime.fromtimestamp((snapshot.timestamp_ms + max_age_ms) / 1000, UTC)


def _summary(snapshot: Snapshot) -> Mapping[str, str]:
    return snapshot.summary.additional_properties if snapshot.summary else {}


def _number(said: Mapping[str, str], name: str) -> int:
    return int(said.get(name) or 0)
