"""`sparkrail run`: one run of a job through its real state machine, followed to its end."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from sparkcli.arguments import check_key, manual_key, read_overrides
from sparkcli.bringup import bring_up
from sparkcli.cloud import Cloud, connect
from sparkcli.denials import told_denials
from sparkcli.errors import CallError, CommandError, NoLongerFollowedError
from sparkcli.execution import Started, claim_or_refuse, start, upload
from sparkcli.follow import Moment, Outcome, follow
from sparkcli.ledger import Ledger
from sparkcli.report import counts, read_report, show_report
from sparkcli.screen import Screen, Stopwatch, facts
from sparkcli.target import EnvOption, JsonOption
from sparkcli.verdict import judge
from sparkcli.workspace import Workspace

JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="Folder name under spark_jobs/.")]
InputOption = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="[NAME=]FILE", help="A local file in place of an input."),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option("--parameter", metavar="NAME=VALUE", help="A value for this run only."),
]
NO_REPORT = "S3.NoSuchKey"


def run(
    job: JobArgument,
    *,
    inputs: InputOption = None,
    parameters: ParameterOption = None,
    key: Annotated[str | None, typer.Option(help="Run key. Default: manual-<UTC time>.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Run a key that already ran once more.")
    ] = False,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Deploy what changed (laptop only), start JOB, follow it, and account for its rows."""
    screen, watch, workspace = Screen(as_json=as_json), Stopwatch(), Workspace.open(env)
    if again and key is None:
        raise CallError(
            "--again repeats a run, so it needs its --key.", next_command=f"./sparkrail runs {job}"
        )
    run_key = check_key(key or manual_key(datetime.datetime.now(datetime.UTC)))
    try:
        result = run_job(
            workspace, screen, watch,
            job=job, inputs=inputs or [], parameters=parameters or [], key=run_key, again=again,
        )  # fmt: skip
    except CommandError as error:
        known = {"job": job, "run_key": run_key, "state": "REFUSED", "rows": None}
        seconds = {**watch.seconds, "total": watch.total()}
        error.document = {**known, "seconds": seconds, **error.document}
        raise
    screen.document(result)
    option = workspace.target.option
    written = list(workspace.job(job).outputs.values())
    if written:
        screen.next(f'query "select * from {written[0].table} limit 10"{option}')
    else:
        screen.next(f"logs {job}{option}", "what it did")


def run_job(
    workspace: Workspace, screen: Screen, watch: Stopwatch,
    *, job: str, inputs: list[str], parameters: list[str], key: str, again: bool,
) -> dict[str, Any]:  # fmt: skip
    """Run a job as `run` does; the JSON document of the run that succeeded.

    Raises:
        CommandError: The call was refused, or the run failed; its document says what is known.
    """
    overrides = read_overrides(workspace.batch_job(job), inputs, parameters)
    cloud = _cloud(workspace, screen, watch)
    generation = claim_or_refuse(cloud, job=job, key=key, again=again)
    with watch.phase("upload"), screen.progress("Uploading"):
        locations = upload(
            cloud, workspace.job(job), key=key, generation=generation, files=overrides.inputs
        )
    started = start(
        cloud, job=job, key=key, generation=generation,
        overrides={"inputs": locations, "parameters": dict(overrides.parameters)},
    )  # fmt: skip
    screen.say(f"Started {started.name}")
    outcome = _follow(cloud, screen, watch, started, workspace.target.option)
    return _result(workspace, cloud, screen, watch, started=started, outcome=outcome)


def _cloud(workspace: Workspace, screen: Screen, watch: Stopwatch) -> Cloud:
    if workspace.target.on_laptop:
        return bring_up(workspace, screen, watch).cloud
    return connect(workspace)


def _follow(
    cloud: Cloud, screen: Screen, watch: Stopwatch, started: Started, option: str
) -> Outcome:
    def tell(moment: Moment) -> None:
        if moment.error and not moment.state:
            return  # the end of the execution, which is told with the result
        if moment.error.startswith(NO_REPORT):
            return  # a driver that was killed left no report; the states that follow say why
        words = (moment.cause or moment.error).splitlines()
        said = f"{moment.state}: {words[0]}" if words else moment.state
        screen.say(f"{watch.total():7.1f} s  {said}", style="yellow" if moment.error else None)

    try:
        with watch.phase("execution"):
            return follow(cloud, started.execution, tell)
    except KeyboardInterrupt:
        raise NoLongerFollowedError(
            f"No longer followed. {started.name} keeps running.",
            next_command=f"./sparkrail logs {started.name} --follow{option}",
            document={"state": "RUNNING", "execution": started.execution},
        ) from None


def _result(
    workspace: Workspace, cloud: Cloud, screen: Screen, watch: Stopwatch,
    *, started: Started, outcome: Outcome,
) -> dict[str, Any]:  # fmt: skip
    row = Ledger(cloud).run(started.job, started.key)
    report: Mapping[str, Any] = row.report if row else {}
    if not report:
        report = read_report(cloud, job=started.job, key=started.key, generation=started.generation)
    seconds = {**watch.seconds, **report.get("seconds", {}), "total": watch.total()}
    state = row.state if row else outcome.status
    document: dict[str, Any] = {
        "job": started.job,
        "run_key": started.key,
        "state": state,
        "rows": counts(report),
        "seconds": seconds,
        "execution": started.execution,
    }
    lost = row if state != "SUCCEEDED" else None
    if lost and (denied := told_denials(screen, workspace, cloud, lost, outcome.cause)):
        document["denied"] = denied
    judge(started, outcome, claimed=row is not None, report=report, document=document)
    screen.result(f"{started.name} {state}")
    show_report(screen, report)
    screen.result(facts({"Seconds": ", ".join(f"{k} {v:.1f}" for k, v in seconds.items())}))
    return document
