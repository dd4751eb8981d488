"""Glue's UpdateTable refuses a stale VersionId, which is how Iceberg notices a concurrent commit.

moto ignores VersionId and SkipArchive: of two writers' commits one is lost without an error.
"""

from __future__ import annotations

import threading

from moto.core.exceptions import JsonRESTError
from moto.glue.responses import GlueResponse

from sparklaptop.untyped import MotoObject


def apply() -> None:
    """Compare VersionId under a lock; keep one version when SkipArchive is asked for."""
    lock = threading.Lock()
    update = GlueResponse.update_table

    def update_table(self: MotoObject) -> MotoObject:
        asked = self.parameters
        with lock:
            name = asked["TableInput"]["Name"]
            table = self.glue_backend.get_table(asked["DatabaseName"], name)
            current = str(table._current_version)
            if asked.get("VersionId") not in (None, current):
                raise JsonRESTError(
                    "ConcurrentModificationException",
                    f"Update table failed: version {asked['VersionId']} of {name} is not the "
                    f"current one, {current}",
                )
            answer = update(self)
            if asked.get("SkipArchive"):
                newest = str(table._current_version)
                table.versions = {newest: table.versions[newest]}
            return answer

    GlueResponse.update_table = update_table
