"""All that is known of the streams of an environment, gathered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sparkcli.cloud import Cloud
from sparkcli.pauses import Pause, read_pause
from sparkcli.streaming.alarms import raised
from sparkcli.streaming.concerns import concerns
from sparkcli.streaming.row import NEVER, Progress, StreamRow, progress, stream_row
from sparkcli.streaming.waking import desired_version
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Job

NUMBERS = (
    "rows", "rows_per_second", "batch_seconds", "lag_largest", "lag_sum", "behind_seconds",
    "quarantined", "quarantine_percent", "late", "unknown_fields", "state_rows", "state_mib",
)  # fmt: skip
"""Of the driver's metrics, those that are shown."""


RESTING = frozenset({NEVER, "WAITING", "PAUSED"})
"""States in which nothing shall run: that it is silent then is no news."""


@dataclass(frozen=True)
class StreamView:
    """One stream as a person sees it.

    Args:
        job: Its manifest.
        row: What the reconciler keeps of it.
        told: What its driver said last.
        desired: The version that is deployed.
        pause: Its pause, if it is paused.
        alarms: Names of its alarms that are raised.
        concerns: What to look at.
    """

    job: "Job"
    row: StreamRow
    told: Progress
    desired: str
    pause: Pause | None
    alarms: tuple[str, ...]
    concerns: tuple[str, ...]

    @property
    def table(self) -> str:
        """The table that it writes."""
        (output,) = self.job.outputs.values()
        return str(output.table)

    def number(self, name: str) -> Any:  # noqa: ANN401  JSON is anything
        """One of the driver's metrics, None before the first; of the generation that runs."""
        said = self.told.metrics
        return said.get(name) if said.get("generation") == self.row.generation else None

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        row = self.row
        return {
            "job": self.job.name,
            "topic": self.job.topic,
            "table": self.table,
            "state": row.state,
            "generation": row.generation,
            "version": row.version or None,
            "desired_version": self.desired or None,
            "good_version": row.goodVersion or None,
            "bad_version": row.badVersion or None,
            "job_run": row.jobRun or None,
            "application": row.application or None,
            "since": row.updated or None,
            "why": row.why or None,
            "paused_since": self.pause.since if self.pause else None,
            "told_at": self.told.at or None,
            **{name: self.number(name) for name in NUMBERS},
            "alarms": list(self.alarms),
            "concerns": list(self.concerns),
        }


def streams_of(workspace: Workspace) -> "list[Job]":
    """The streaming jobs of the environment."""
    return [job for job in workspace.jobs.values() if job.kind == "streaming"]


def views(workspace: Workspace, cloud: Cloud, jobs: "Iterable[Job]") -> list[StreamView]:
    """Look at these streams."""
    return list(_views(workspace, cloud, jobs))


def _views(workspace: Workspace, cloud: Cloud, jobs: "Iterable[Job]") -> Iterator[StreamView]:
    # The time of this computer and not of the laptop's schedules: files have no other one.
    alarms, now = raised(cloud), datetime.now(UTC)
    for job in jobs:
        row, told = stream_row(cloud, job.name), progress(cloud, job.name)
        topic = workspace.project.topics[str(job.topic)]
        yield StreamView(
            job=job,
            row=row,
            told=told,
            desired=desired_version(cloud, job.name),
            pause=read_pause(cloud, job.name),
            alarms=() if row.state in RESTING else tuple(sorted(alarms.get(job.name, ()))),
            concerns=tuple(concerns(job, topic, row, told, now)),
        )
