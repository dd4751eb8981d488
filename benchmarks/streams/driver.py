"""What spark-submit runs: the real job `sales_stream`, again and again until its process dies.

    spark-submit driver.py PLAN

PLAN is a JSON file, which `plans.py` writes: the job's arguments and the steps to take.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from benchmarks.streams.events import Events
from benchmarks.streams.keeping import forget_newest, keep
from benchmarks.streams.trap import InjectedError, Trap, pace
from sales_stream.main import main as job
from sparkjob.arguments import parse_arguments
from sparkjob.contracts import load_contracts
from sparkjob.entry import execute
from sparkjob.job_run import Run

_TRIES = 4
_PATIENCE_SECONDS = 120


class Steps:
    """Takes the steps of a plan, one after the other, each with a session of its own.

    Args:
        spark: The first session.
        plan: The document.
    """

    def __init__(self, spark: SparkSession, plan: dict[str, Any]) -> None:
        self._spark = spark
        self._plan = plan
        self._events = Events(Path(plan["events"]))
        self._checkpoint = Path(plan["checkpoint"])
        self._generation = int(plan["generation"])
        self._trap = Trap(self._events, self._checkpoint)
        self._trap.set_up()

    def take(self) -> int:
        """Take all; the exit code."""
        for step in self._plan["steps"]:
            if not any(self._try(step) for _ in range(_TRIES)):
                return 1
        return 0

    def _try(self, step: dict[str, Any]) -> bool:
        """Take a step; whether it did what it was for."""
        if step["forget"] and not step.get("forgot"):
            batch = forget_newest(self._checkpoint, self._events)
            keep(self._spark)
            step["forgot"] = True
            self._events.tell("forgot", number=step["number"], batch=batch)
        spark = self._spark.newSession()
        self._generation += 1
        stop = _stopper(spark)
        raised = step["how"] == "raised"
        self._trap.arm(step["point"], step["skip"], kills=not raised, stop=stop)
        patience = threading.Timer(_PATIENCE_SECONDS, stop)
        if step["point"]:
            patience.start()
        self._events.tell("running", number=step["number"], generation=self._generation)
        error = self._run(spark, step)
        patience.cancel()
        _drop_state(spark)
        good = error is None or isinstance(error, InjectedError)
        if step["point"] and not self._trap.sprung:
            good = False
        kind, text = (type(error).__name__, str(error)) if error else ("", "")
        told = {"number": step["number"], "good": good, "error": kind, "message": text[:400]}
        self._events.tell("ended", **told)
        return good

    def _run(self, spark: SparkSession, step: dict[str, Any]) -> BaseException | None:
        told = [*self._plan["arguments"], "--generation", str(self._generation)]
        arguments = parse_arguments(told, script=sys.argv[0])
        assert arguments.stream is not None
        stream = replace(
            arguments.stream,
            cadence_seconds=pace(step["point"]),
            max_offsets=step["max_offsets"],
            once=step["how"] == "end",
        )
        arguments = replace(arguments, stream=stream)
        run = Run(spark, arguments=arguments, contracts=load_contracts())
        return execute(job, run, arguments)


def _stopper(spark: SparkSession) -> Callable[[], None]:
    def stop() -> None:
        for query in spark.streams.active:
            query.stop()

    return stop


def _drop_state(spark: SparkSession) -> None:
    """Let the next query find nothing of the state but what the checkpoint has."""
    spark.catalog.clearCache()
    spark._jvm.org.apache.spark.sql.execution.streaming.state.StateStore.stop()


def _main() -> int:
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    plan = json.loads(Path(sys.argv[1]).read_text())
    try:
        return Steps(spark, plan).take()
    finally:
        spark.stop()


if __name__ == "__main__":
    sys.exit(_main())
