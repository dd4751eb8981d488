"""Pause and resume a stream."""

from typing import TYPE_CHECKING

from sparkcli.arguments import manual_key
from sparkcli.cloud import Cloud
from sparkcli.errors import OperationError
from sparkcli.in_order import Made, Wanted, run_in_order
from sparkcli.laptop_door import now as now_in
from sparkcli.pauses import Pause, end_pause, read_pause, write_pause
from sparkcli.screen import Screen
from sparkcli.streaming.row import NEVER, StreamRow, stream_row
from sparkcli.streaming.waking import wake
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Job

WAITING = "WAITING"
PAUSE, RESUME = "pause", "resume"
"""What the reconciler is told of who wakes it; `resume` lets one go on that waits or has failed."""


def pause_stream(cloud: Cloud, job: str) -> tuple[Pause, bool]:
    """Let a stream finish its micro-batch and stop; the pause, and whether it was there already.

    Args:
        cloud: Where.
        job: The stream.
    """
    known = read_pause(cloud, job)
    pause = known or write_pause(cloud, job)
    wake(cloud, job, PAUSE)
    return pause, known is not None


def make_topics(workspace: Workspace, cloud: Cloud, screen: Screen, job: "Job") -> Made | None:
    """Run the topics job of a stream that was never started, for its topic may not be there.

    Where streams start by themselves the deploy does it.

    Raises:
        OperationError: The topics job failed.
    """
    if stream_row(cloud, job.name).state not in (NEVER, WAITING):
        return None
    owner = workspace.project.topics[str(job.topic)].owner
    name = f"topics_{owner}"
    if name not in workspace.jobs:
        return None
    (made,) = run_in_order(cloud, screen, name, [Wanted(manual_key(now_in(cloud)), 1, {})])
    if made.state != "SUCCEEDED":
        raise OperationError(
            f"{job.name} was not started: {name}, which makes its topic, ended {made.state}. "
            f"{made.cause}",
            next_command=f"./sparkrail logs {made.started.name}{workspace.target.option}",
            document={"job": job.name, "topics": made.as_document()},
        )
    return made


def resume_stream(cloud: Cloud, job: str) -> tuple[StreamRow, str]:
    """End a stream's pause, and let the reconciler start it whatever it waited for.

    Args:
        cloud: Where.
        job: The stream.

    Returns:
        Its row as it was before, and the reconciler's execution.
    """
    before = stream_row(cloud, job)
    end_pause(cloud, job)
    return before, wake(cloud, job, RESUME)
