"""`sparkrail resume`: the job starts by itself again, and what it missed is said."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.commands.run import JobArgument
from sparkcli.errors import CallError, NoLongerFollowedError, OperationError
from sparkcli.in_order import Made, Wanted, run_in_order
from sparkcli.laptop_door import now as now_in
from sparkcli.ledger import Ledger
from sparkcli.missed import MOST_KEYS, Missed, missed_runs
from sparkcli.moments import read_moment
from sparkcli.pauses import Pause, end_pause, read_pause, write_pause
from sparkcli.screen import Screen
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkmodel import Job

SHOWN = 10
DONE = frozenset({"SUCCEEDED", "Duplicate"})


class Choice(StrEnum):
    """Which of the missed runs are made now."""

    LATEST = "latest"
    ALL = "all"
    NONE = "none"

    def of(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """The chosen ones of these keys."""
        return {Choice.ALL: keys, Choice.LATEST: keys[-1:], Choice.NONE: ()}[self]


def resume(
    job: JobArgument,
    *,
    missed: Annotated[
        Choice | None, typer.Option(help="Which missed runs are made now. Default: it asks.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="Missed from when on, as 2026-11-21 or 2026-11-21T06:30Z. Default: from the "
            "pause, or from the job's newest run.",
        ),
    ] = None,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """End the pause of JOB, show the runs that it missed, and make the latest, all or none.

    A stream goes on where its last commit ended, also one that failed, or waits to be started.
    """
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    model = workspace.job(job)
    if model.kind == "streaming":
        _resume_stream(screen, workspace, model, given=missed or since)
        return
    cloud = connect(workspace)
    paused, now = read_pause(cloud, job), now_in(cloud)
    start = read_moment(since, model.timezone) if since else _since(cloud, job, paused, now)
    found = missed_runs(cloud, model, since=start, until=now)
    _show(screen, job, found, paused=paused, since=start)
    chosen = _choose(job, found, missed, screen)
    option = workspace.target.option
    try:
        first = found.wanted(chosen.of(found.keys))
        made = list(_make(cloud, screen, model, first, start=start, now=now))
    except KeyboardInterrupt:
        raise NoLongerFollowedError(
            f"Stopped between missed runs; a run that was started goes on. {job} stays paused, so "
            "that the rest can be made in order.",
            next_command=f"./sparkrail resume {job}{option}",
        ) from None
    document: dict[str, Any] = {
        "job": job,
        "paused": False,
        "was_paused_since": paused.since if paused else None,
        "since": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "missed": list(found.keys),
        "unknown": found.unknown or None,
        "chosen": chosen.value,
        "runs": [each.as_document() for each in made],
    }
    failed = [each for each in made if each.state not in DONE]
    if failed:
        raise OperationError(
            f"{job} is resumed, and {len(failed)} of {len(made)} missed runs did not succeed.",
            next_command=f"./sparkrail runs {job} --failed{option}",
            document=document,
        )
    screen.document(document)
    screen.result(
        f"{job} is resumed; of {_count(len(found.keys))} that it missed, {len(made)} made."
    )
    screen.next(f"runs {job}{option}")


def _since(cloud: Cloud, job: str, paused: Pause | None, now: datetime) -> datetime:
    if paused is not None and paused.since:
        return datetime.fromisoformat(paused.since)
    newest = next(iter(Ledger(cloud).runs(job)), None)
    return datetime.fromisoformat(newest.since) if newest and newest.since else now


def _show(
    screen: Screen, job: str, found: Missed, *, paused: Pause | None, since: datetime
) -> None:
    screen.result(str(paused) + "." if paused else f"{job} is not paused.")
    if found.unknown:
        screen.result(found.unknown)
        return
    count = len(found.keys)
    more = " or more" if count == MOST_KEYS else ""
    screen.result(f"Missed since {since:%Y-%m-%dT%H:%M:%SZ}: {count}{more}")
    for key in found.keys[-SHOWN:]:
        screen.result(f"  {key}")
    if count > SHOWN:
        screen.result(f"  and {count - SHOWN} before them")


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def _choose(job: str, found: Missed, given: Choice | None, screen: Screen) -> Choice:
    if given is not None:
        return given
    if not found.keys:
        return Choice.NONE
    if screen.as_json or not sys.stdin.isatty():
        raise CallError(
            f"{job} missed {_count(len(found.keys))}. Say which are made now: --missed latest, "
            "--missed all or --missed none. Nothing was changed.",
            next_command=f"./sparkrail resume {job} --missed latest",
            document={"job": job, "missed": list(found.keys)},
        )
    asked = typer.prompt("Make which of them now?", default="latest", type=Choice, err=True)
    return Choice(asked)


def _make(
    cloud: Cloud, screen: Screen, job: "Job", wanted: list[Wanted], *,
    start: datetime, now: datetime,
) -> Iterator[Made]:  # fmt: skip
    """Make runs in order while the job is paused, then those that its schedule meant meanwhile.

    The pause keeps live runs from coming between; whoever stops this finds the rest still missed.
    """
    if wanted:
        write_pause(cloud, job.name, since=start)
    while wanted:
        yield from run_in_order(cloud, screen, job.name, wanted)
        # The schedule's own start of a moment just now is on its way, and wins or is a Duplicate.
        since, now = now + timedelta(seconds=1), now_in(cloud)
        found = missed_runs(cloud, job, since=since, until=now)
        wanted = found.wanted(found.keys)
    end_pause(cloud, job.name)


def _resume_stream(screen: Screen, workspace: Workspace, job: "Job", *, given: object) -> None:
    from sparkcli.streaming.steering import make_topics, resume_stream  # noqa: PLC0415

    if given:
        raise CallError(
            f"{job.name} is a stream: it misses no runs, it goes on where its last commit ended. "
            "Leave out --missed and --since.",
            next_command=f"./sparkrail resume {job.name}",
        )
    cloud, option = connect(workspace), workspace.target.option
    paused = read_pause(cloud, job.name)
    topics = make_topics(workspace, cloud, screen, job)
    before, execution = resume_stream(cloud, job.name)
    screen.document(
        {
            "job": job.name,
            "was": before.state,
            "was_paused_since": paused.since if paused else None,
            "why": before.why or None,
            "topics": topics.as_document() if topics else None,
            "execution": execution,
        }
    )
    screen.result(f"{job.name} was {before.state} and is started; a driver takes a while.")
    screen.next(f"streams {job.name}{option}", "when it runs, and how far behind it is")
