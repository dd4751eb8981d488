"""What a fault has done: rows lost and doubled, runs and processes left behind."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.errors import OperationError
from sparkcli.lake import Lake
from sparkcli.processes import processes_of
from sparkcli.workspace import Workspace

OVER = frozenset({"SUCCESS", "FAILED", "CANCELLED"})
Rows = Counter[tuple[Any, ...]]


def rows_of(lake: Lake, table: str) -> Rows:
    """The rows of a table, each with how often it is there; none if there is no table yet."""
    try:
        return Counter(lake.query(f"select * from {table}").rows)
    except OperationError:
        return Counter()


@dataclass(frozen=True)
class Difference:
    """How the rows of a table differ from what they should be."""

    expected: int
    lost: int
    duplicated: int

    @classmethod
    def between(cls, expected: Rows, found: Rows) -> "Difference":
        """Compare two sets of rows, counting each row as often as it is there.

        >>> Difference.between(Counter(a=1, b=1), Counter(b=2))
        Difference(expected=2, lost=1, duplicated=1)
        """
        return cls(
            expected=expected.total(),
            lost=(expected - found).total(),
            duplicated=(found - expected).total(),
        )


@dataclass
class Reader:
    """Reads a table all the time and says whether it ever saw anything but whole results.

    Args:
        lake: Where the table is.
        table: Its name.
        whole: What it may see.
    """

    lake: Lake
    table: str
    whole: Iterable[Rows]
    reads: int = 0
    halves: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Reader":
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        allowed = list(self.whole)
        while not self._over.is_set():
            try:
                found = rows_of(self.lake, self.table)
            except Exception:
                self._over.wait(0.2)
                continue
            self.reads += 1
            self.halves += found not in allowed
            self._over.wait(0.2)


@dataclass(frozen=True)
class Left:
    """What goes on though its run has ended."""

    orphaned_runs: int
    orphaned_processes: int
    running_rows: int


def left_behind(cloud: Cloud, workspace: Workspace, rows: Iterable[Mapping[str, Any]]) -> Left:
    """Count what was left of a job's runs.

    Args:
        cloud: The laptop cloud.
        workspace: Whose laptop cloud.
        rows: The job's rows of the ledger.
    """
    rows = list(rows)
    running = {row["execution"] for row in rows if row["state"] == "RUNNING"}
    applications = {row["application"] for row in rows if row["application"]}
    names = {f"{row['job']}/{row['run_key']}/" for row in rows if row["execution"] not in running}
    orphans = [
        run
        for application in applications
        for page in cloud.emr.get_paginator("list_job_runs").paginate(applicationId=application)
        for run in page["jobRuns"]
        if run["state"] not in OVER
        and any(f"{run.get('name', '')}/".startswith(name) for name in names)
    ]
    alive = processes_of(workspace.laptop_state / "runs") if not running else []
    return Left(len(orphans), len(alive), len(running))
