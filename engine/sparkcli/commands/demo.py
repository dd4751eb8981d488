"""`sparkrail demo`: from nothing to the answer, with the commands that give it."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sparkcli.arguments import manual_key
from sparkcli.bringup import bring_up, require_laptop
from sparkcli.commands import doctor
from sparkcli.commands.query import ask, show
from sparkcli.commands.run import run_job
from sparkcli.errors import OperationError
from sparkcli.lake_values import document_of
from sparkcli.screen import Screen, Stopwatch
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace

JOB, STREAM = "hospital_utilization", "sales_stream"
FILE_VARIABLE = "SPARKRAIL_HHS_FILE"
BESIDE_THE_CHECKOUT = "shared/data/hhs-hospital-capacity/*.csv"
SAMPLE = f"spark_jobs/{JOB}/tests/data/sample.csv"
QUESTION = """\
select state, month, bed_use_days as days, round(bed_use_ratio, 3) as beds_used,
       round(bed_use_mean, 3) as mean_of_days
from health.state_month
where bed_use_days > 0
  and month = (select max(month) from health.state_month where bed_use_days > 0)
order by beds_used desc, state limit 10"""


def demo(
    file: Annotated[
        Path | None,
        typer.Option(help="An HHS export. Default: the real one if it is here, else the sample."),
    ] = None,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Check the computer, start the laptop cloud, run a real job on real data, show the answer.

    Then the same with a stream: orders through Kafka, a killed driver, every order counted.
    """
    screen, watch, workspace = Screen(as_json=as_json), Stopwatch(), Workspace.open(env)
    require_laptop(workspace, "demo")
    _check_computer(screen, workspace)
    cloud = bring_up(workspace, screen, watch).cloud
    streams = STREAM in workspace.jobs  # the example is there, and the environment has Kafka
    # It needs Kafka's client, which takes longer than `--help` should.
    from sparkcli.demo_stream import show_stream, start_stream  # noqa: PLC0415

    if streams:
        # Its driver starts while the other job runs.
        start_stream(workspace, cloud, screen)
    data = Path(os.path.relpath(find_file(workspace.root, file)))
    screen.say(f"\n$ ./sparkrail run {JOB} --input {data}", style="bold")
    result = run_job(
        workspace, screen, watch, job=JOB, inputs=[f"hhs={data}"], parameters=[],
        key=manual_key(datetime.now(UTC)), again=False,
    )  # fmt: skip
    screen.say(f"\n$ ./sparkrail query '{QUESTION}'", style="bold")
    answer = ask(workspace, QUESTION)
    if not as_json:
        show(screen, answer)
    stream = show_stream(workspace, cloud, screen) if streams else None
    screen.document(
        {"run": result, "file": str(data), "answer": document_of(answer), "stream": stream}
    )
    screen.say(f"The demo took {watch.total():.0f} s.")
    _what_next(screen, workspace, f"{JOB}/{result['run_key']}", data)


def find_file(root: Path, given: Path | None) -> Path:
    """The export to read: what was given, the real one if it is here, else the sample."""
    named = given or (Path(os.environ[FILE_VARIABLE]) if FILE_VARIABLE in os.environ else None)
    if named is not None:
        return named
    real = sorted(root.parent.glob(BESIDE_THE_CHECKOUT))
    return real[0] if real else (root / SAMPLE)


def _check_computer(screen: Screen, workspace: Workspace) -> None:
    screen.say("$ ./sparkrail doctor", style="bold")
    findings, _ = doctor.examine(workspace)
    missing = [finding for finding in findings if finding.state == "missing"]
    for finding in missing:
        screen.say(f"{finding.what}: {finding.found}")
    if missing:
        raise OperationError("This computer lacks something.", next_command=missing[0].fix)
    screen.say(f"{len(findings)} things looked at, none missing.")


def _what_next(screen: Screen, workspace: Workspace, run: str, data: Path) -> None:
    option = workspace.target.option
    screen.say("")
    screen.next(f"runs {run}{option}", "the ledger row of this run")
    screen.next(f"runs {run} --history{option}", "its state machine, step by step")
    screen.next(f"logs {run}{option}", "what Spark's driver printed")
    dev = f"dev {JOB} --watch --input {shlex.quote(str(data))}{option}"
    screen.next(dev, "edit transforms.py and see the result on each save")
    screen.next(workspace.new_job, "a pipeline of your own, with its tests")
