"""What a table consists of, counted before and after."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Dict

from sparkjob.maintenance.table import KeptTable

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Figures:
    """What readers of the table's main branch meet.

    Args:
        data_files: Files with rows.
        delete_files: Files that say which rows are gone.
        bytes: Size of both.
        manifests: Lists of files that a query has to look through.
        snapshots: States that can still be read.
    """

    data_files: int
    delete_files: int
    bytes: int
    manifests: int
    snapshots: int

    @classmethod
    def of(cls, table: KeptTable) -> Figures:
        """Count; no file is read but the list of manifests."""
        snapshots = table.java.operations().current().snapshots().size()
        current = table.java.currentSnapshot()
        if current is None:
            return cls(0, 0, 0, 0, snapshots)
        summary = dict(current.summary())
        return cls(
            data_files=int(summary.get("total-data-files", 0)),
            delete_files=int(summary.get("total-delete-files", 0)),
            bytes=int(summary.get("total-files-size", 0)),
            manifests=current.allManifests(table.java.io()).size(),
            snapshots=snapshots,
        )

    @property
    def parts(self) -> int:
        """All files and snapshots together."""
        return self.data_files + self.delete_files + self.manifests + self.snapshots

    def document(self) -> Dict[str, int]:
        """The figures as plain data."""
        return asdict(self)


def told(before: Figures, after: Figures) -> str:
    """Say what changed, in a line.

    >>> told(Figures(500, 3, 5 << 20, 40, 500), Figures(12, 0, 4 << 20, 1, 20)).split(", ")[0]
    '500 -> 12 data files'
    """
    return ", ".join(
        (
            f"{before.data_files:,} -> {after.data_files:,} data files",
            f"{before.delete_files:,} -> {after.delete_files:,} delete files",
            f"{before.bytes / _MIB:,.1f} -> {after.bytes / _MIB:,.1f} MiB",
            f"{before.manifests:,} -> {after.manifests:,} manifests",
            f"{before.snapshots:,} -> {after.snapshots:,} snapshots",
        )
    )
