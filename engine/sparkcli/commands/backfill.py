"""`sparkrail backfill`: runs for days that have passed, beside live runs."""

from typing import Annotated

import typer

from sparkcli.backfilling.asking import Asked, plan_backfill, show_choice
from sparkcli.backfilling.following import follow_plan, plan_document, show_plan
from sparkcli.backfilling.running import start_plan, stop_plan
from sparkcli.backfilling.store import is_plan_id, list_plans, read_plan
from sparkcli.cloud import Cloud, connect
from sparkcli.consent import ask
from sparkcli.errors import CallError
from sparkcli.moments import read_day
from sparkcli.screen import Screen, table
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

CONCURRENCY = 4
MOST_AT_A_TIME = 40


def backfill(
    which: Annotated[
        str | None, typer.Argument(metavar="[JOB | PLAN]", help="A job; a plan shows how it is.")
    ] = None,
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day, as 2026-11-01.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day, which counts.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also keys that succeeded, as the next generation.")
    ] = False,
    downstream: Annotated[
        bool, typer.Option("--downstream", help="Then the jobs that read what is written.")
    ] = False,
    concurrency: Annotated[
        int, typer.Option(min=1, max=MOST_AT_A_TIME, help="How many runs at a time.")
    ] = CONCURRENCY,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Start without asking.")] = False,
    resume: Annotated[
        str | None, typer.Option(metavar="PLAN", help="Go on with a backfill that was stopped.")
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="PLAN", help="Start no more runs of a backfill.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="The newest backfills.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Stay until it has ended.")
    ] = True,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Run the keys of JOB for some days that are missing or failed, or all of them (--again)."""
    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    _check(which, first, last, resume, stop, listed=listed)
    option = workspace.target.option
    if which and not is_plan_id(which):
        workspace.batch_job(which)
        asked = Asked(
            which, read_day("--from", str(first)), read_day("--to", str(last)),
            again=again, downstream=downstream, concurrency=concurrency,
        )  # fmt: skip
        _new(screen, workspace, connect(workspace), asked, yes=yes, follow=follow)
        return
    cloud = connect(workspace)
    if listed:
        _list(screen, cloud, option)
    elif stop:
        stop_plan(screen, cloud, stop, option)
    elif resume:
        plan = read_plan(cloud, resume)
        execution = start_plan(screen, cloud, plan, option)
        follow_plan(screen, cloud, plan.id, execution, option=option, stay=follow)
    else:
        show_plan(screen, cloud, str(which), option)


def _check(
    which: str | None, first: str | None, last: str | None, resume: str | None, stop: str | None,
    *, listed: bool,
) -> None:  # fmt: skip
    """Exactly one of: a job with its days, a plan, --resume, --stop, --list."""
    if sum(map(bool, (which, resume, stop, listed))) != 1:
        raise CallError(
            "Say one thing: JOB --from DAY --to DAY, PLAN, --resume PLAN, --stop PLAN or --list.",
            next_command="./sparkrail backfill --help",
        )
    named = bool(which) and not is_plan_id(str(which))
    if named != (first is not None and last is not None) or (first is None) != (last is None):
        raise CallError(
            f"backfill {which}: give both days, as --from 2026-11-01 --to 2026-11-30."
            if named
            else "--from and --to go with a JOB.",
            next_command="./sparkrail backfill --help",
        )


def _new(
    screen: Screen, workspace: Workspace, cloud: Cloud, asked: Asked, *, yes: bool, follow: bool
) -> None:
    option = workspace.target.option
    with screen.progress("Reading the ledger"):
        choice = plan_backfill(workspace, cloud, asked)
    show_choice(screen, choice)
    if not choice.chosen.todos:
        screen.document(choice.as_document())
        screen.next(f"runs {asked.job}{option}")
        return
    if not yes:
        ask(screen, choice.question, choice.as_document(), done="started")
    plan = choice.write(cloud)
    execution = start_plan(screen, cloud, plan, option)
    follow_plan(screen, cloud, plan.id, execution, option=option, stay=follow)


def _list(screen: Screen, cloud: Cloud, option: str) -> None:
    plans = [read_plan(cloud, name) for name in list_plans(cloud)]
    screen.document([plan_document(plan) for plan in plans])
    if not plans:
        screen.result("No backfill yet.")
        screen.next(f"runs{option}")
        return
    cells = [
        [plan.id, plan.job, f"{plan.first} to {plan.last}", plan.count, plan.state, plan.by]
        for plan in plans
    ]
    screen.result(table(["plan", "job", "days", "runs", "state", "by"], cells))
    screen.next(f"backfill {plans[0].id}{option}")
