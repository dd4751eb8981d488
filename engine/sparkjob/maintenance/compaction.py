"""Small files put together, and files with many deletes written anew; all others stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Sequence

from pyspark.sql import functions as F

from sparkjob.contracts import Contract
from sparkjob.maintenance.beside_writers import TRIES
from sparkjob.maintenance.delete_files import (
    DATA,
    DELETED,
    has_deletes,
    much_deleted,
    parts_of,
    place_of,
)
from sparkjob.maintenance.partitions import filter_of
from sparkjob.maintenance.table import NOTHING, KeptTable

SMALL = 0.75
"""Share of the target below which a file is small, as Iceberg's own default has it."""

COMMITS = 3
"""Of one action, at most; what the others rewrote stays when one of them loses to a writer."""

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Compacted:
    """What compaction did.

    Args:
        partitions: That needed it.
        rewritten: Data files read.
        added: Data files written in their place.
        left: Files that writers changed meanwhile; the next run takes them.
    """

    partitions: int = 0
    rewritten: int = 0
    added: int = 0
    left: int = 0

    def __str__(self) -> str:
        if not self.partitions:
            return NOTHING
        text = (
            f"{self.rewritten:,} files of {self.partitions:,} partitions written as {self.added:,}"
        )
        if self.left:
            text += f"; {self.left:,} left to the next run, as writers changed them meanwhile"
        return text


def compact(table: KeptTable, contract: Contract) -> Compacted:
    """Rewrite the files of the partitions that need it, a part after the other.

    Each part is a commit of its own, so what was rewritten before a kill stays rewritten. Nothing
    to do is no commit.

    Args:
        table: The table.
        contract: Says what is small, what is much, and how rows are sorted.
    """
    done, left = Compacted(), 0
    for _ in range(TRIES):
        table = table.again()
        needed = needing(table, contract)
        if not needed:
            return done
        left = 0
        for part in parts_of(needed):
            result = _rewrite(table, contract, part)
            left += int(result.failedDataFilesCount())
            done = Compacted(
                partitions=max(done.partitions, len(needed)),
                rewritten=done.rewritten + int(result.rewrittenDataFilesCount()),
                added=done.added + int(result.addedDataFilesCount()),
            )
        if not left:
            break
    if not done.rewritten and not left:
        return Compacted()
    return Compacted(done.partitions, done.rewritten, done.added, left)


def needing(table: KeptTable, contract: Contract) -> List[Any]:
    """List the partitions with too many small files or too many deletes.

    Returns:
        Rows with `spec_id` and, if the table has partitions, `partition`.
    """
    files = table.metadata("files")
    place = place_of(files)
    target = contract.maintenance.target_file_mb * _MIB
    small = F.col("file_size_in_bytes") < SMALL * target
    by_size = (
        files.where(F.col("content") == DATA)
        .where(small)
        .groupBy(*place)
        .agg(F.count("*").alias("files"), F.sum("file_size_in_bytes").alias("bytes"))
        # Files that are as few and as large as their bytes allow are never written again.
        .where(
            F.col("files") - F.ceil(F.col("bytes") / target) >= contract.maintenance.small_files - 1
        )
    )
    found = by_size.select(*place)
    if table.java.currentSnapshot() is not None and has_deletes(table):
        found = found.union(much_deleted(files, contract).select(*place))
    return list(found.distinct().collect())


def _rewrite(table: KeptTable, contract: Contract, partitions: Sequence[Any]) -> Any:  # noqa: ANN401
    action = table.marked(table.actions().rewriteDataFiles(table.java))
    for name, value in _options(contract).items():
        action = action.option(name, value)
    if contract.sort and table.java.sortOrder().isSorted():
        action = action.sort()
    return action.filter(filter_of(table, partitions)).execute()


def _options(contract: Contract) -> Dict[str, str]:
    kept = contract.maintenance
    return {
        "target-file-size-bytes": str(kept.target_file_mb * _MIB),
        "min-input-files": str(kept.small_files),
        "delete-file-threshold": str(kept.delete_files),
        "delete-ratio-threshold": str(DELETED),
        "partial-progress.enabled": "true",
        # Each commit makes a run that is about to merge or replace begin again from the new main.
        "partial-progress.max-commits": str(COMMITS),
        "remove-dangling-deletes": "true",
    }
