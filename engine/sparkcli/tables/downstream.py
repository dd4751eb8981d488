"""Who has read what a rollback took away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.ledger import FAILURES, Ledger
from sparkcli.tables.owners import readers_of
from sparkcli.workspace import Workspace


@dataclass(frozen=True)
class Reader:
    """A job that reads a table, and its runs since some moment that may have read it.

    Args:
        job: Its name.
        keys: Run keys, oldest first.
    """

    job: str
    keys: tuple[str, ...]

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {"job": self.job, "run_keys": list(self.keys)}


def readers(workspace: Workspace, cloud: Cloud, table: str, *, since: datetime) -> list[Reader]:
    """The jobs that have a table among their inputs, with what they ran since then.

    Args:
        workspace: Its manifests say who reads what.
        cloud: Its ledger says what ran.
        table: Name of the table.
        since: When the first of what was taken away was published.
    """
    found = []
    for job in readers_of(workspace, table):
        rows = Ledger(cloud).runs(job.name)
        ran = (row for row in rows if row.state not in FAILURES and _at(row.since) >= since)
        found.append(Reader(job.name, tuple(sorted(row.key for row in ran))))
    return found


def as_documents(found: list[Reader]) -> list[Mapping[str, Any]]:
    """What `--json` prints of readers."""
    return [each.as_document() for each in found]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
