"""Run a job from the command line: arguments, session, main, finish, report, exit code."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import Callable, Optional, Sequence

from pyspark.sql import SparkSession

from sparkjob.arguments import Arguments, parse_arguments
from sparkjob.contracts import load_contracts
from sparkjob.errors import describe, is_told
from sparkjob.hadoop_files import write_text
from sparkjob.job_run import Run
from sparkjob.publishing.finish import finish
from sparkjob.scripts import import_root

Main = Callable[[Run], None]
FAILED = 1
_PY4J_NOISE = "Exception while sending command."
_TIME_ZONE = "spark.sql.session.timeZone"


def run(main: Main) -> None:
    """Run a job as its command line says; the last line of a job's main.py.

    Args:
        main: Reads inputs and stages outputs.

    Raises:
        SystemExit: Code 1 if the run failed, 2 if the command line is wrong; what was wrong is on
            stderr, and the report says it too.
    """
    started = time.monotonic()
    arguments = parse_arguments(sys.argv[1:], script=sys.argv[0])
    spark = _session(arguments.job)
    try:
        current = Run(spark, arguments=arguments, contracts=load_contracts())
        current.report.seconds["session"] = round(time.monotonic() - started, 3)
        error = execute(main, current, arguments)
    finally:
        _stop(spark)
    if error is not None:
        sys.exit(FAILED)


def open_run(argv: Sequence[str]) -> Run:
    """Open a run without a main function, as an interactive shell needs it.

    Args:
        argv: A job's command line, without the script.
    """
    arguments = parse_arguments(argv, script=sys.argv[0])
    return Run(_session(arguments.job), arguments=arguments, contracts=load_contracts())


def execute(main: Main, current: Run, arguments: Arguments) -> Optional[BaseException]:
    """Run main, publish what it staged or follow its stream, write the report.

    Returns:
        Why the run failed, or None. It is already told on stderr.
    """
    report = current.report
    try:
        if arguments.periods is not None:
            report.interval = current.interval
        with report.phase("main"):
            main(current)
        if current.stream is not None:
            current.stream.follow()
        else:
            finish(current, arguments)
    except (Exception, SystemExit) as error:
        report.error = error
        _tell(error)
    else:
        told = report.lines() if current.stream is None else current.stream.lines()
        print("\n".join(told), flush=True)
    try:
        current.release()
        _write_report(current, arguments)
    except Exception as error:
        if report.error is None:
            raise
        print(f"The report could not be written: {describe(error)}", file=sys.stderr, flush=True)
    return report.error


def _session(job: str) -> SparkSession:
    logging.getLogger().addFilter(_is_news)
    builder = SparkSession.builder.appName(job)
    try:
        spark: SparkSession = builder.getOrCreate()
    except Exception as error:  # its type depends on the version of py4j
        sys.exit(f"Spark did not start: {describe(error)}\nNext: sparkrail doctor")
    if not spark.sparkContext.getConf().contains(_TIME_ZONE):
        spark.conf.set(_TIME_ZONE, "UTC")
    root = import_root()
    if root is not None:
        spark.sparkContext.environment["PYTHONPATH"] = root  # for functions that run in workers
    return spark


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a log record is not what py4j logs, with a traceback, before it raises the same."""
    return record.msg != _PY4J_NOISE


def _stop(spark: SparkSession) -> None:
    try:
        spark.stop()
    except Exception as error:  # the JVM may be gone, and the run has told why
        print(f"Spark was not stopped: {describe(error)}", file=sys.stderr, flush=True)


def _write_report(current: Run, arguments: Arguments) -> None:
    if current.stream is not None:
        current.stream.report(current.report.error)
    elif arguments.reports:
        folder = arguments.reports.rstrip("/")
        location = f"{folder}/{current.report.file_name}"
        write_text(current.spark, location, current.report.to_json())


def _tell(error: BaseException) -> None:
    """Say on stderr why the run failed; the last line but its details is for a person."""
    if not is_told(error):
        traceback.print_exception(type(error), error, error.__traceback__)
    print(f"{type(error).__name__}: {describe(error)}", file=sys.stderr, flush=True)
