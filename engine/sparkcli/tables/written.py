"""What one snapshot of a table did, and the run that it was."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_COMPACTION = "replace"


@dataclass(frozen=True)
class RunOf:
    """The run that wrote a snapshot.

    Args:
        job: Its job. Empty: the snapshot does not say it.
        key: Its run key.
        generation: Its generation.
        interval: Key of the interval that it stands for. Empty: none, or not known.
    """

    job: str
    key: str
    generation: int
    interval: str = ""

    @property
    def name(self) -> str:
        """`job/key`, as the commands take it."""
        return f"{self.job}/{self.key}" if self.job else self.key

    def __str__(self) -> str:
        return self.name if self.generation == 1 else f"{self.name}/{self.generation}"


@dataclass(frozen=True)
class Written:
    """One snapshot.

    Args:
        id: Of Iceberg.
        at: When it was committed, in UTC.
        operation: append, overwrite, delete, or replace (files put together: no row changed).
        run: Which run wrote it. None: none did.
        upkeep: The run of the maintenance job that wrote it, as `job/key`. Empty: none did.
        added: Rows that it added.
        removed: Rows that it removed.
        files: Data files that the table has with it.
        rows: Rows that the table has with it.
        bytes: Size of the files.
    """

    id: int
    at: datetime
    operation: str
    run: RunOf | None
    added: int
    removed: int
    files: int
    rows: int
    bytes: int
    upkeep: str = ""

    @property
    def by(self) -> str:
        """Who wrote it, for people."""
        if self.run is not None:
            return str(self.run)
        return self.upkeep or ("maintenance" if self.operation == _COMPACTION else "")

    def __str__(self) -> str:
        words = (str(self.id), moment(self.at), counted(self.rows, "row"), self.by)
        return "  ".join(filter(None, words))

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        run = self.run
        return {
            "snapshot": self.id,
            "at": moment(self.at),
            "operation": self.operation,
            "job": run.job or None if run else None,
            "run_key": run.key if run else None,
            "generation": run.generation if run else None,
            "interval": run.interval or None if run else None,
            "rows_added": self.added,
            "rows_removed": self.removed,
            "rows": self.rows,
            "files": self.files,
            "bytes": self.bytes,
        }


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "row"), counted(1200, "file")
    ('1 row', '1,200 files')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def moment(at: datetime) -> str:
    """A time in UTC as the commands print it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
