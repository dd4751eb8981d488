"""The tables of the streams that read a topic, compared with what `produce` has sent to it."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkcli.cloud import Cloud
from sparkcli.lake import Lake
from sparkcli.producing.comparison import Comparison, Found, compare
from sparkcli.producing.journal import SUFFIX, folder, read
from sparkcli.streaming.row import stream_row
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Job

POLL_SECONDS = 2.0


@dataclass(frozen=True)
class Checked:
    """One stream, and how its tables compare with what was sent."""

    stream: str
    table: str
    comparison: Comparison


@dataclass(frozen=True)
class Check:
    """Compares the tables of the streams of one topic with what was sent to it.

    Args:
        workspace: Whose.
        cloud: Where the tables are.
        topic: The topic.
    """

    workspace: Workspace
    cloud: Cloud
    topic: str

    @property
    def streams(self) -> "list[Job]":
        """The streams that read the topic and were started once."""
        readers = (job for job in self.workspace.jobs.values() if job.topic == self.topic)
        return [job for job in readers if stream_row(self.cloud, job.name).generation]

    def now(self, only: str | None = None) -> list[Checked]:
        """Compare as it is now.

        Args:
            only: One stream. Default: all that read the topic.
        """
        paths = sorted(folder(self.workspace, self.topic).glob(f"*{SUFFIX}"))
        sent, unknown = read(paths)
        found = []
        for job in self.streams:
            if only in (None, job.name):
                (table,) = (output.table for output in job.outputs.values())
                there = self._found(str(table))
                found.append(Checked(job.name, str(table), compare(sent, len(unknown), there)))
        return found

    def until_complete(
        self, only: str | None, *, seconds: float, tell: Callable[[list[Checked]], None]
    ) -> list[Checked]:
        """Compare again and again, until nothing is missing or the time is over.

        Args:
            only: One stream. Default: all that read the topic.
            seconds: How long at most.
            tell: Called with what was found while something is missing.
        """
        deadline = time.monotonic() + seconds
        while True:
            found = self.now(only)
            missing = any(one.comparison.lost for one in found)
            if not missing or time.monotonic() >= deadline:
                return found
            tell(found)
            time.sleep(POLL_SECONDS)

    def _found(self, table: str) -> Found:
        from sparkmodel.shared import LATE_SUFFIX, QUARANTINE_SUFFIX  # noqa: PLC0415

        names = frozenset(self.workspace.project.tables)
        lake = Lake(self.cloud, names)
        written = lake.tables.written([table.partition(".")[0]])
        identity = next(iter(self.workspace.project.topics[self.topic].columns))
        of_records = identity in self.workspace.project.tables[table].columns
        rows = Counter[str]()
        if of_records and table in written:
            sql = f'SELECT CAST("{identity}" AS VARCHAR), count(*) FROM {table} GROUP BY 1'
            rows = Counter({str(name): int(count) for name, count in lake.query(sql).rows})
        return Found(
            rows=rows if of_records else None,
            quarantined=self._positions(lake, f"{table}{QUARANTINE_SUFFIX}", written),
            late=self._positions(lake, f"{table}{LATE_SUFFIX}", written),
        )

    def _positions(
        self, lake: Lake, table: str, written: frozenset[str]
    ) -> Counter[tuple[int, int]]:
        if table not in written:
            return Counter()
        sql = (
            f'SELECT "partition", "offset", count(*) FROM {table} '
            f"WHERE topic = '{self.topic}' GROUP BY 1, 2"
        )
        return Counter({(int(p), int(o)): int(n) for p, o, n in lake.query(sql).rows})
