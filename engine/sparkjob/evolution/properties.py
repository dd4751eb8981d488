"""The table properties that follow from a contract."""

from __future__ import annotations

from typing import Dict

from sparkjob.contracts import Contract

_MIB = 1024 * 1024
# Iceberg's 4 are too few for a dozen runs of a backfill that end at the same time.
COMMIT_RETRIES = 20
METADATA_FILES = 50


def properties_of(contract: Contract) -> Dict[str, str]:
    """The properties that a contract governs; all others are left as somebody set them.

    - `write.distribution-mode`, how rows go to tasks before they are written. A table that is
      split by its contract: `hash`, all rows of a partition to one task, so that a run writes few
      files; Spark's adaptive execution divides a partition that is too large for one. Sorted but
      not split: `range`, which reads the rows once more to find the ranges. Neither: `none`; the
      run key that an append table is split by as well is the same for all rows of a run.
    - `write.merge.mode`, `write.update.mode`, `write.delete.mode`: `merge-on-read` for a table
      that is merged into and maintained: a merge of few rows into a large table then writes those
      rows and small delete files, not every data file that it touches, and maintenance puts them
      together (7 million changed rows an hour in a table of 100 billion are written that way).
      Where nobody maintains, delete files would pile up and slow down each reader, so:
      `copy-on-write`, as for tables that are written as a whole, by partition or by append.
    - `write.metadata.delete-after-commit.enabled`: each commit writes a metadata file, and
      nothing else would ever remove one. 50 stay. This is not `gc.enabled`, which stays as it is:
      without it snapshots would never expire.
    - `write.target-file-size-bytes`: the contract's `maintenance.target_file_mb`, so that jobs and
      maintenance agree.
    """
    changes = _row_level_mode(contract)
    return {
        "comment": contract.description,
        "commit.retry.num-retries": str(COMMIT_RETRIES),
        "write.delete.mode": changes,
        "write.distribution-mode": _distribution(contract),
        "write.merge.mode": changes,
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": str(METADATA_FILES),
        "write.target-file-size-bytes": str(contract.maintenance.target_file_mb * _MIB),
        "write.update.mode": changes,
    }


def _distribution(contract: Contract) -> str:
    if any(each.column != "run_key" for each in contract.partition):
        return "hash"
    return "range" if contract.sort else "none"


def _row_level_mode(contract: Contract) -> str:
    kept = contract.write == "merge" and contract.maintenance.by != "nobody"
    return "merge-on-read" if kept else "copy-on-write"
