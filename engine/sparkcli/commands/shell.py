"""`sparkrail shell`: a Python prompt with `run` and `spark`, set up as the job would be."""

import signal

from sparkcli.arguments import read_overrides
from sparkcli.bringup import require_laptop
from sparkcli.commands.run import InputOption, JobArgument, ParameterOption
from sparkcli.errors import OperationError
from sparkcli.processes import run_in_foreground
from sparkcli.screen import Screen, Stopwatch
from sparkcli.target import EnvOption, JsonOption
from sparkcli.workspace import Workspace


def shell(
    job: JobArgument,
    *,
    inputs: InputOption = None,
    parameters: ParameterOption = None,
    env: EnvOption = "laptop",
    as_json: JsonOption = False,
) -> None:
    """Open a Python prompt with JOB's `run` and `spark`. --json prints what it would start."""
    from sparkcli.local_run import prepare  # noqa: PLC0415

    screen, workspace = Screen(as_json=as_json), Workspace.open(env)
    require_laptop(workspace, "shell")
    overrides = read_overrides(workspace.batch_job(job), inputs or [], parameters or [])
    with screen.progress("Preparing"):
        _, local = prepare(workspace, screen, Stopwatch(), workspace.job(job), overrides)
    argv = [local.argv()[0], "-P", "-m", "sparkcli.prompt", str(local.script), *local.arguments]
    if as_json:
        names = ("PYSPARK_SUBMIT_ARGS", "PYTHONPATH", "SPARK_HOME", "SPARKJOB_CONTRACTS")
        variables = {name: local.variables[name] for name in names}
        screen.document({"job": job, "argv": argv, "variables": variables})
        return
    screen.say(f"Spark UI: http://127.0.0.1:{local.ui_port}")
    # At a prompt, Ctrl-C is for what was typed there.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = run_in_foreground(argv, cwd=local.folder, environment=local.variables, to_stderr=False)
    if code != 0:
        raise OperationError(f"The prompt ended with code {code}; its words are above.")
    screen.next(f"dev {job}{workspace.target.option}")
