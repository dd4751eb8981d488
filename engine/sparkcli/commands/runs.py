"""`sparkrail runs`: what the ledger knows."""

import json
from typing import Annotated

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.denials import told_denials
from sparkcli.errors import CallError
from sparkcli.follow import history
from sparkcli.ledger import FAILURES, Ledger, RunRow
from sparkcli.pauses import Pause, read_pause
from sparkcli.report import COUNTS, show_report
from sparkcli.screen import Screen, facts, table
from sparkcli.selection import Selection, one_run
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

DEFAULT_LIMIT = 20
NOT_FACTS = ("rows", "report", "denied")  # told in another way
MOST_OF_A_CAUSE = 60  # characters in the list; the whole cause is in `runs JOB/KEY`


def runs(
    which: Annotated[
        str | None, typer.Argument(metavar="[JOB | JOB/KEY]", help="All jobs, one job, one run.")
    ] = None,
    *,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only runs that failed, were stopped or timed out.")
    ] = False,
    with_history: Annotated[
        bool,
        typer.Option("--history", help="The state machine's history of one run (JOB: the newest)."),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = DEFAULT_LIMIT,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """List runs; show one run whole; show the history of its state machine."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    selection = Selection.parse(workspace, which)
    cloud = connect(workspace)
    if selection.job is not None and workspace.job(selection.job).kind == "streaming":
        if with_history or selection.key is not None:
            workspace.batch_job(selection.job)
        _show_generations(screen, cloud, selection.job, workspace.target.option)
    elif with_history:
        if selection.job is None:
            raise CallError(
                "--history is of one run: runs JOB/KEY --history, or runs JOB --history"
            )
        _show_history(screen, cloud, one_run(Ledger(cloud), selection))
    elif selection.key is not None:
        row = one_run(Ledger(cloud), selection)
        _show_run(screen, row, told_denials(screen, workspace, cloud, row))
    else:
        batch = [job.name for job in workspace.jobs.values() if job.stream is None]
        jobs = [selection.job] if selection.job else batch
        rows = Ledger(cloud).runs_of(jobs)
        shown = [row for row in rows if not failed or row.state in FAILURES][:limit]
        pause = read_pause(cloud, selection.job) if selection.job else None
        _show_list(screen, shown, jobs, workspace.target.option, pause=pause, failed=failed)


def _show_list(
    screen: Screen, rows: list[RunRow], jobs: list[str], option: str,
    *, pause: Pause | None, failed: bool,
) -> None:  # fmt: skip
    screen.document([row.as_document() for row in rows])
    if pause:
        screen.say(f"{pause}: only a person starts it. ./sparkrail resume {pause.job}{option}")
    if failed and not rows:
        screen.result("No failed run.")
        screen.next(f"runs{option}")
        return
    if not rows:
        screen.result("No such run yet.")
        screen.next(f"run {jobs[0]}{option}" if jobs else "check")
        return
    cells = [
        [
            row.name,
            row.state,
            row.by,
            row.generation,
            row.attempts,
            row.since[:19],
            *(row.rows.get(name) for name in COUNTS),
            _shortened(row.cause),
        ]
        for row in rows
    ]
    columns = ["run", "state", "by", "generation", "attempts", "since", *COUNTS, "cause"]
    screen.result(table(columns, cells))
    if failed:
        screen.say(f"What happened: ./sparkrail logs {rows[0].name}{option}")
        screen.next(f"rerun {rows[0].job} --failed{option}", "the same keys once more")
    else:
        screen.next(f"runs {rows[0].name}{option}")


def _show_generations(screen: Screen, cloud: Cloud, job: str, option: str) -> None:
    """A stream has no runs: what it has are generations, of which the newest may be going on."""
    from sparkcli.streaming.row import reports, stream_row  # noqa: PLC0415

    row, ended = stream_row(cloud, job), reports(cloud, job)
    now = {"generation": row.generation, "version": row.version, "state": row.state}
    over = any(report.get("generation") == row.generation for report in ended)
    listed = ended if over or not row.generation else [now, *ended]
    screen.document(listed)
    screen.say(f"{job} is a stream: it has no runs, but generations, one for each start.")
    names = ("generation", "version", "state", "batches", "rows", "message")
    cells = [
        [each.get(n) for n in names[:-1]] + [_shortened(each.get("message") or "")]
        for each in listed
    ]
    screen.result(table(names, cells) if cells else "No generation yet.")
    screen.next(f"streams {job}{option}", "what it does now")


def _shortened(cause: str) -> str:
    line = " ".join((cause.strip().splitlines() or [""])[0].split())
    return line if len(line) <= MOST_OF_A_CAUSE else f"{line[: MOST_OF_A_CAUSE - 3]}..."


def _show_run(screen: Screen, row: RunRow, denied: list[dict[str, str]]) -> None:
    document = row.as_document() | ({"denied": denied} if denied else {})
    screen.document(document)
    told = {name: value for name, value in document.items() if name not in NOT_FACTS}
    screen.result(facts({name: value for name, value in told.items() if value is not None}))
    show_report(screen, row.report)
    for name in ("inputs", "outputs", "seconds"):
        if row.report.get(name):
            screen.result(f"{name}: {json.dumps(row.report[name])}")
    screen.next(f"runs {row.name} --history")


def _show_history(screen: Screen, cloud: Cloud, row: RunRow) -> None:
    moments = list(history(cloud, row.execution))
    began = moments[0].at if moments else None
    document = [
        {
            "at": moment.at.isoformat(),
            "seconds": round((moment.at - began).total_seconds(), 3) if began else 0.0,
            "state": moment.state,
            "error": moment.error or None,
            "cause": moment.cause or None,
        }
        for moment in moments
    ]
    screen.document(document)
    screen.result(f"{row.name} {row.state}  {row.execution}")
    cells = [
        [f"{line['seconds']:.1f} s", line["state"], line["error"], line["cause"]]
        for line in document
    ]
    screen.result(table(["after", "state", "error", "cause"], cells))
    screen.next(f"logs {row.name}")
