"""A local run that has started Spark already and waits to be told its arguments.

With `dev --watch` the next process starts while the person edits, so that a save costs the
job alone. The parent half is `Standby`; the child half is this module as a script.
"""

import json
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from sparkcli.local_run import LocalRun
from sparkcli.processes import end_tree, wait_in_foreground

UI_PORT = re.compile(r"spark\.ui\.port=\d+")


class Standby:
    """A waiting process; it ends by itself when this one does.

    Args:
        run: How it was set up. A run with the same settings can use it.
    """

    def __init__(self, run: LocalRun) -> None:
        self._run = run
        reading, writing = os.pipe()
        self._orders: IO[str] = os.fdopen(writing, "w")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(reading), str(run.script)],
            cwd=run.folder,
            env=dict(run.variables),
            pass_fds=[reading],
        )
        os.close(reading)

    def fits(self, run: LocalRun) -> bool:
        """Whether it is alive and set up as `run` wants to be."""
        alive = self._process.poll() is None
        return alive and _settings(run.variables) == _settings(self._run.variables)

    @property
    def ui_port(self) -> int:
        """Port of its Spark UI."""
        return self._run.ui_port

    def go(self, run: LocalRun) -> int:
        """Run main.py with the arguments of `run`; its exit code."""
        self._orders.write(json.dumps(run.arguments) + "\n")
        self._orders.close()
        return wait_in_foreground(self._process)

    def end(self) -> None:
        """End it without a run."""
        self._orders.close()
        end_tree(self._process)


def _settings(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: UI_PORT.sub("", value) for name, value in variables.items()}


def main(orders: int, script: Path) -> None:
    """Start Spark and its Python workers, wait for one line of arguments, run the script.

    Args:
        orders: File descriptor to read from; its end means that there will be no run.
        script: The job's main.py.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415  in the child only

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    context = SparkSession.builder.getOrCreate().sparkContext
    # Ctrl-C is for the run; a process that only waits ends with its orders.
    of_spark = signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As sparkjob sets it: workers are kept per environment.
    context.environment["PYTHONPATH"] = str(script.parents[1])
    context.parallelize([0], 1).map(lambda number: number).count()
    with os.fdopen(orders) as stream:
        line = stream.readline()
    if not line:
        context.stop()
        return
    signal.signal(signal.SIGINT, of_spark)
    sys.argv = [str(script), *json.loads(line)]
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
