"""Files that no snapshot knows: what killed runs left behind."""

from __future__ import annotations

import time

from sparkjob.contracts import Contract
from sparkjob.maintenance.table import NOTHING, KeptTable

LEAST_DAYS = 3
"""Younger files may belong to a run that has not committed yet (Iceberg's own default)."""

_DAY_MS = 24 * 60 * 60 * 1000


def remove_orphans(table: KeptTable, contract: Contract) -> str:
    """Delete the files below the table that no snapshot knows, once they are old enough.

    Args:
        table: The table.
        contract: Says how old; never less than LEAST_DAYS.
    """
    if not table.may_delete_files:
        return "no file removed: the table's property gc.enabled is false"
    days = max(LEAST_DAYS, contract.maintenance.orphan_days)
    older_than = int(time.time() * 1000) - days * _DAY_MS
    # Iceberg's own listing asks S3 for keys by prefix; Hadoop's would ask for folders one by one.
    action = table.actions().deleteOrphanFiles(table.java).usePrefixListing(True)
    gone = sum(1 for _ in action.olderThan(older_than).execute().orphanFileLocations().iterator())
    return f"{gone:,} files removed" if gone else NOTHING
