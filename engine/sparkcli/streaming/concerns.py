"""What is wrong with a stream that runs, judged as its alarms judge it. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sparkcli.streaming.row import Progress, StreamRow

if TYPE_CHECKING:
    from sparkmodel import Job, Topic

RUNNING = "RUNNING"
SILENT_SECONDS = 300  # a driver tells something once a minute, also when nothing comes
LONGEST_BATCH_CADENCES, LONGEST_BATCH_SECONDS = 5, 300
HALF = 0.5
SECONDS_OF_AN_HOUR = 3600


def concerns(
    job: "Job", topic: "Topic", row: StreamRow, told: Progress, now: datetime
) -> Iterator[str]:
    """Sentences about what a person should look at.

    Args:
        job: The stream.
        topic: What it reads.
        row: What the reconciler keeps of it.
        told: What its driver said last.
        now: The time in its cloud.
    """
    if row.state != RUNNING or job.stream is None or not told.at:
        return
    silent = (now - datetime.fromisoformat(told.at).astimezone(UTC)).total_seconds()
    if silent > SILENT_SECONDS:
        yield f"its driver has said nothing for {silent / 60:.0f} minutes"
    batch = float(told.metrics.get("batch_seconds") or 0)
    longest = max(LONGEST_BATCH_CADENCES * job.stream.cadence_seconds, LONGEST_BATCH_SECONDS)
    if batch > longest:
        yield f"a micro-batch took {batch:.0f} s, over {longest} s: it falls behind"
    behind = float(told.metrics.get("behind_seconds") or 0)
    kept = topic.retention_hours * SECONDS_OF_AN_HOUR
    if kept > 0 and behind > HALF * kept:
        yield (
            f"it is {behind / SECONDS_OF_AN_HOUR:.1f} hours behind, and the topic keeps "
            f"{topic.retention_hours} hours: then records are gone"
        )
    share = float(told.metrics.get("quarantine_percent") or 0)
    if share > HALF * job.run.quarantine_percent:
        yield (
            f"{share:.1f} % of a micro-batch went to quarantine; over "
            f"{job.run.quarantine_percent:g} % it stops"
        )
