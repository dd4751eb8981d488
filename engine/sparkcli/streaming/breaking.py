"""Break a stream under way, and count what became of records whose every answer is known."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sparkcli.cloud import connect
from sparkcli.commands.produce import check_topic, send_records
from sparkcli.driver_log import TERMINAL_RUN
from sparkcli.errors import CallError
from sparkcli.producing.messages import Shares
from sparkcli.producing.production import Wanted
from sparkcli.screen import Screen
from sparkcli.streaming.concerns import RUNNING
from sparkcli.streaming.row import StreamRow, stream_row
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.producing.comparison import Comparison
    from sparkmodel import Job

RECORDS = 2000
SHARES = Shares(bad=0.01, duplicates=0.01)
LONGEST_SECONDS = 300
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class BrokenStream:
    """What was asked for.

    Args:
        job: The stream.
        inject: Breaks it; called while records are under way.
        mend: Mends it; called when every record was found, or the time is over.
    """

    job: "Job"
    inject: Callable[[], None]
    mend: Callable[[], None]


def break_stream(workspace: Workspace, screen: Screen, asked: BrokenStream) -> dict[str, Any]:
    """Send records to a stream that runs, break it, send more, and look for every one of them.

    Raises:
        CallError: The stream does not run.
    """
    job, cloud = asked.job, connect(workspace)
    before = stream_row(cloud, job.name)
    if before.state != RUNNING:
        raise CallError(
            f"{job.name} is {before.state}: a stream is broken while it runs.",
            next_command=f"./sparkrail resume {job.name}{workspace.target.option}",
        )
    screen.say(f"First undisturbed: {RECORDS:,} records")
    _send(workspace, screen, job)
    _look(workspace, screen, job)
    screen.say(f"And now {RECORDS:,} records under the fault:")
    try:
        asked.inject()
        _send(workspace, screen, job)
        found = _look(workspace, screen, job)
    finally:
        asked.mend()
    after = _running_again(workspace, job.name)
    return {
        "job": job.name,
        "state": after.state,
        "generation_before": before.generation,
        "generation": after.generation,
        "ended": after.why or None,
        **found.as_document(),
        "orphaned_runs": _orphans(workspace, after),
    }


def _send(workspace: Workspace, screen: Screen, job: "Job") -> None:
    topic = workspace.project.topics[str(job.topic)]
    # Another seed each time: the same records once more would be duplicates, and left out as such.
    wanted = Wanted(topic=topic, seed=time.time_ns(), rate=0, count=RECORDS, shares=SHARES)
    send_records(screen, workspace, connect(workspace), wanted)


def _look(workspace: Workspace, screen: Screen, job: "Job") -> "Comparison":
    (checked,) = check_topic(
        screen, connect(workspace), workspace, str(job.topic), wait=LONGEST_SECONDS, only=job.name
    )
    return checked.comparison


def _running_again(workspace: Workspace, job: str) -> StreamRow:
    """The stream's row when it runs, or what it is when that takes too long."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while (row := stream_row(connect(workspace), job)).state != RUNNING:
        if time.monotonic() > deadline:
            return row
        time.sleep(POLL_SECONDS)
    return row


def _orphans(workspace: Workspace, row: StreamRow) -> int:
    """Job runs of earlier generations that go on."""
    application = row.application.rsplit("/", 1)[-1]
    pages = (
        connect(workspace).emr.get_paginator("list_job_runs").paginate(applicationId=application)
    )
    return sum(
        run["state"] not in TERMINAL_RUN
        and str(run.get("name", "")).startswith(f"{row.job}/")
        and run["id"] != row.jobRun
        for page in pages
        for run in page["jobRuns"]
    )
