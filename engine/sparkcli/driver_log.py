"""The log of a run's driver, read from CloudWatch Logs, whichever cloud it is."""

import json
import shlex
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sparkcli.cloud import Cloud
from sparkcli.errors import OperationError
from sparkcli.ledger import RunRow

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import GetLogEventsRequestTypeDef

TERMINAL_RUN = frozenset({"SUCCESS", "FAILED", "CANCELLED"})


@dataclass(frozen=True)
class Line:
    """One line of a log."""

    at: datetime
    text: str


@dataclass(frozen=True)
class JobRun:
    """A run of EMR Serverless: one attempt of a run of ours, or a generation of a stream.

    Args:
        application: Where it runs.
        run_id: Its id.
        tried_again: Whether EMR Serverless itself tries it again: then each attempt has a log.
    """

    application: str
    run_id: str
    tried_again: bool = False


def find_job_run(cloud: Cloud, row: RunRow) -> JobRun:
    """The newest attempt of `row`.

    Raises:
        OperationError: None was started yet.
    """
    application = row.application.rsplit("/", 1)[-1]
    found = list(_attempts(cloud, application, f"{row.job}/{row.key}/{row.generation}"))
    if not found:
        raise OperationError(
            f"{row.name} has no Spark run: it is {row.state}"
            + (f" ({row.cause.splitlines()[0]})" if row.cause else "")
            + ".",
            next_command=f"./sparkrail runs {row.name} --history",
        )
    return JobRun(application, max(found)[1])


def job_runs_of(cloud: Cloud, row: RunRow) -> dict[str, str]:
    """States of the Spark runs of this generation of `row`, by id, oldest first."""
    application = row.application.rsplit("/", 1)[-1]
    if not application:
        return {}
    found = sorted(_attempts(cloud, application, f"{row.job}/{row.key}/{row.generation}"))
    return {run_id: _state(cloud, JobRun(application, run_id)) for _, run_id in found}


def _attempts(cloud: Cloud, application: str, name: str) -> Iterator[tuple[datetime, str]]:
    """When and as what the runs called `name` were created; they are listed newest first."""
    seen = False
    try:
        for page in cloud.emr.get_paginator("list_job_runs").paginate(applicationId=application):
            ours = [run for run in page["jobRuns"] if run.get("name") == name]
            yield from ((run["createdAt"], run["id"]) for run in ours)
            if seen and not ours:
                return
            seen = seen or bool(ours)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def read_log(cloud: Cloud, run: JobRun, *, team: str, stream: str, follow: bool) -> Iterator[Line]:
    """The lines of `stream` (stdout or stderr) so far; with `follow` until the run has ended."""
    group, token, attempt = cloud.names.driver_logs(team), None, 1
    while True:
        ended, newest = _has_ended(cloud, run), _attempt(cloud, run)
        name = _log_stream(run, attempt, stream)
        lines, token = _read_forward(cloud, group, name, token)
        yield from lines
        if not lines and attempt < newest:
            attempt, token = attempt + 1, None
        elif not lines:
            if ended or not follow:
                return
            time.sleep(cloud.poll_seconds)


def _log_stream(run: JobRun, attempt: int, stream: str) -> str:
    """Where the driver of an attempt writes.

    (EMR Serverless guide, job resiliency: a run with a retry policy has a folder per attempt.)
    """
    which = f"attempts/{attempt}/" if run.tried_again else ""
    return f"applications/{run.application}/jobs/{run.run_id}/{which}SPARK_DRIVER/{stream}"


def _attempt(cloud: Cloud, run: JobRun) -> int:
    """The newest attempt of a run that EMR Serverless tries again; else 1."""
    if not run.tried_again:
        return 1
    got = cloud.emr.get_job_run(applicationId=run.application, jobRunId=run.run_id)
    return int(got["jobRun"].get("attempt") or 1)


def _read_forward(
    cloud: Cloud, group: str, stream: str, token: str | None
) -> tuple[list[Line], str | None]:
    place: GetLogEventsRequestTypeDef = {
        "logGroupName": group,
        "logStreamName": stream,
        "startFromHead": True,
    }
    if token is not None:
        place["nextToken"] = token
    try:
        page = cloud.logs.get_log_events(**place)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return [], token
        raise
    lines = [
        Line(datetime.fromtimestamp(event["timestamp"] / 1000, UTC), event["message"].rstrip("\n"))
        for event in page["events"]
    ]
    return lines, page["nextForwardToken"]


def _has_ended(cloud: Cloud, run: JobRun) -> bool:
    return _state(cloud, run) in TERMINAL_RUN


def _state(cloud: Cloud, run: JobRun) -> str:
    got = cloud.emr.get_job_run(applicationId=run.application, jobRunId=run.run_id)
    return got["jobRun"]["state"]


def requested(cloud: Cloud, run: JobRun) -> list[str]:
    """What was asked of EMR Serverless, as the words of a spark-submit."""
    driver = cloud.emr.get_job_run(applicationId=run.application, jobRunId=run.run_id)
    submit: Mapping[str, Any] = driver["jobRun"]["jobDriver"].get("sparkSubmit", {})
    return submit_words(submit)


def submit_words(submit: Mapping[str, Any]) -> list[str]:
    """A SparkSubmit job driver, in either spelling, as the words of a spark-submit."""
    lower = {name[:1].lower() + name[1:]: value for name, value in submit.items()}
    return [
        "spark-submit",
        *shlex.split(lower.get("sparkSubmitParameters") or ""),
        lower.get("entryPoint", ""),
        *(lower.get("entryPointArguments") or []),
    ]


def rewritten(state: Path, run: JobRun) -> dict[str, Any] | None:
    """What the laptop made of the request: {"argv": ..., "rewritten": ...}; None elsewhere."""
    try:
        command: dict[str, Any] = json.loads(
            (state / "runs" / run.run_id / "command.json").read_text()
        )
    except OSError:
        return None
    return command
