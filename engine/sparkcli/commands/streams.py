"""`sparkrail streams`: what each stream does, how far behind it is, and why it stopped."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.errors import CallError, unknown
from sparkcli.screen import Screen, facts, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    from sparkcli.streaming.overview import StreamView

COLUMNS = (
    "stream", "state", "generation", "version", "lag", "behind", "rows/s", "batch", "quarantine",
    "alarms", "why",
)  # fmt: skip
MOST_OF_A_REASON = 60  # characters in the list; `streams JOB` has all of it
SECONDS_OF_A_MINUTE = 60


def streams(
    job: Annotated[
        str | None, typer.Argument(metavar="[JOB]", help="One stream. Default: all of them.")
    ] = None,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Show what streams do: state, version, lag, speed, quarantine, alarms, why one stopped."""
    from sparkcli.streaming.overview import streams_of, views  # noqa: PLC0415

    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    known = {one.name: one for one in streams_of(workspace)}
    if job is not None and job not in known:
        workspace.job(job)  # a name that no job has is told with the nearest one
        raise unknown("stream", job, known, where="among the jobs", shown_by="streams")
    if not known:
        workspace.require_kafka()
        raise CallError(
            'No job has kind = "streaming".', next_command="./sparkrail new job NAME --streaming"
        )
    cloud = connect(workspace)
    found = views(workspace, cloud, [known[job]] if job else known.values())
    if job:
        _show_one(screen, cloud, workspace, found[0])
    else:
        _show_all(screen, workspace, found)


def _show_all(screen: Screen, workspace: Workspace, found: "list[StreamView]") -> None:
    screen.document([view.as_document() for view in found])
    screen.result(table(COLUMNS, [_cells(view) for view in found]))
    for view in found:
        for concern in view.concerns:
            screen.result(f"{view.job.name}: {concern}.")
    _next(screen, workspace, next((view for view in found if _rests(view)), found[0]))


def _show_one(screen: Screen, cloud: Cloud, workspace: Workspace, view: "StreamView") -> None:
    from sparkcli.streaming.row import reports  # noqa: PLC0415

    ended = reports(cloud, view.job.name)
    document = {**view.as_document(), "reports": ended}
    screen.document(document)
    told = {
        name: "\n".join(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name != "reports" and value not in (None, [])
    }
    screen.result(facts(told))
    if ended:
        names = ("generation", "version", "state", "batches", "rows", "error", "message")
        cells = [[_short(str(report.get(name) or "")) for name in names] for report in ended]
        screen.result(table(names, cells, title="\nEnded generations"))
    _next(screen, workspace, view)


def _next(screen: Screen, workspace: Workspace, view: "StreamView") -> None:
    name, option = view.job.name, workspace.target.option
    if _rests(view):
        screen.next(f"resume {name}{option}", "starts it where it stopped")
        if view.row.why:
            screen.say("What each reason means, and what to do: docs/streaming.md")
    else:
        screen.next(f"logs {name} --follow{option}", "a line per micro-batch")


def _rests(view: "StreamView") -> bool:
    return bool(view.pause) or view.row.state in ("FAILED", "WAITING", "NEW")


def _cells(view: "StreamView") -> list[Any]:
    behind, batch = view.number("behind_seconds"), view.number("batch_seconds")
    share = view.number("quarantine_percent")
    return [
        view.job.name,
        _state(view),
        view.row.generation or None,
        _version(view),
        view.number("lag_sum"),
        None if behind is None else _duration(float(behind)),
        view.number("rows_per_second"),
        None if batch is None else f"{float(batch):.1f} s",
        None if share is None else f"{float(share):.2f} %",
        len(view.alarms) + len(view.concerns) or None,
        _short(view.row.why),
    ]


def _state(view: "StreamView") -> str:
    """What it does; a pause that it has not come to yet is said too."""
    pausing = view.pause and view.row.state != "PAUSED"
    return f"{view.row.state}, to be paused" if pausing else view.row.state


def _version(view: "StreamView") -> str | None:
    """What runs, and what will run in its place."""
    running, desired = view.row.version, view.desired
    return f"{running} -> {desired}" if running and desired not in ("", running) else running


def _duration(seconds: float) -> str:
    if seconds < SECONDS_OF_A_MINUTE:
        return f"{seconds:.0f} s"
    minutes = seconds / SECONDS_OF_A_MINUTE
    return f"{minutes:.0f} min" if minutes < SECONDS_OF_A_MINUTE else f"{minutes / 60:.1f} h"


def _short(text: str) -> str:
    line = " ".join((text.strip().splitlines() or [""])[0].split())
    return line if len(line) <= MOST_OF_A_REASON else f"{line[: MOST_OF_A_REASON - 3]}..."
