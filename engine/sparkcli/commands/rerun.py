"""`sparkrail rerun`: a run once more: same key, same overrides, the next generation."""

from typing import Annotated, Any

import typer

from sparkcli.cloud import Cloud, connect
from sparkcli.errors import CallError, NoLongerFollowedError, OperationError
from sparkcli.in_order import Made, Wanted, run_in_order
from sparkcli.ledger import FAILURES, TERMINAL, Ledger, RunRow
from sparkcli.screen import Screen
from sparkcli.selection import Selection, one_run
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def rerun(
    which: Annotated[
        str, typer.Argument(metavar="JOB/KEY | JOB --failed", help="One run, or all that failed.")
    ],
    *,
    failed: Annotated[
        bool, typer.Option("--failed", help="Every key whose last run did not succeed.")
    ] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Run keys once more as they ran: same overrides, next generation; several in their order."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    selection = Selection.parse(workspace, which)
    workspace.batch_job(selection.job or "")
    if (selection.key is None) == (not failed):
        raise CallError(
            "rerun takes one run, or a job with --failed: rerun JOB/KEY, rerun JOB --failed",
            next_command=f"./sparkrail runs {selection.job} --failed",
        )
    cloud, option, job = connect(workspace), workspace.target.option, selection.job or ""
    rows = _rows(cloud, selection)
    made: list[Made] = []
    document: dict[str, Any] = {"job": job, "runs": []}
    try:
        for each in run_in_order(cloud, screen, job, map(Wanted.again, rows)):
            made.append(each)
            document["runs"].append(each.as_document())
    except KeyboardInterrupt:
        raise NoLongerFollowedError(
            f"No longer followed. What was started goes on; {len(made)} of {len(rows)} have ended.",
            next_command=f"./sparkrail runs {job}{option}",
            document=document,
        ) from None
    lost = [each for each in made if each.state != "SUCCEEDED"]
    if lost:
        raise OperationError(
            f"{len(lost)} of {len(made)} did not succeed: "
            + "; ".join(f"{each.started.name} {each.state}" for each in lost),
            next_command=f"./sparkrail logs {lost[0].started.name}{option}",
            document=document,
        )
    screen.document(document)
    screen.result(f"{len(made)} of {len(made)} succeeded." if made else f"{job} has no failed run.")
    screen.next(f"runs {job}{option}")


def _rows(cloud: Cloud, selection: Selection) -> list[RunRow]:
    """The runs to make again, oldest key first."""
    job = selection.job or ""
    if selection.key is not None:
        row = one_run(Ledger(cloud), selection)
        if row.state not in TERMINAL:
            raise CallError(
                f"{row.name} is {row.state} since {row.since}: there is nothing to run again yet.",
                next_command=f"./sparkrail stop {row.name}",
                document={"job": row.job, "run_key": row.key, "state": row.state},
            )
        return [row]
    failed = (row for row in Ledger(cloud).runs(job) if row.state in FAILURES)
    return sorted(failed, key=lambda row: row.key)
