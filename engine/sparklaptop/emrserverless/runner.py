"""Runs one job run: fetches its archives, starts its process, ships its logs, says how it ended."""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sparklaptop import shared_classes, tools
from sparklaptop.answers import Plan
from sparklaptop.clients import Clients
from sparklaptop.emrserverless import archive, attempts, processes
from sparklaptop.emrserverless.last_words import last_words
from sparklaptop.emrserverless.logs import DriverLogs, monitoring
from sparklaptop.emrserverless.requests import normalised
from sparklaptop.emrserverless.runs import JobRun
from sparklaptop.emrserverless.settings import Settings, cores, driver_memory_mib
from sparklaptop.emrserverless.submit import Machine, plan
from sparklaptop.errors import LaptopError
from sparklaptop.kafka import certificates
from sparklaptop.lines import line_of_release
from sparklaptop.roles import blame, keys, starting
from sparklaptop.roles.judge import Judge
from sparklaptop.roles.starting import RoleRefusedError
from sparklaptop.untyped import AwsClient

log = logging.getLogger(__name__)
_POLL_SECONDS = 0.05
# Everything else of the server's environment stays its own: above all its virtual environment.
_INHERITED = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "USER")


def machine(settings: Settings, release: str) -> Machine:
    """What runs of a release need of this computer.

    Raises:
        LaptopError: Java, Spark or jars are missing.
    """
    line = line_of_release(release).name
    home, java = tools.spark_home(line), tools.java_home()
    kept = shared_classes.archive(java_home=java, spark_home=home, of=tools.jars(line))
    return Machine(
        endpoint=settings.endpoint,
        region=settings.region,
        spark_home=home,
        java_home=java,
        jars=tools.jars(line),
        python=tools.base_python(),
        aws_config=settings.aws_config,
        launcher=(str(home / "bin" / "spark-submit"),),
        cores=cores(),
        memory_mib=driver_memory_mib(),
        jvm_flags=shared_classes.jvm_flags(kept) + certificates.stores(settings.state).jvm_flags(),
        inherited={name: os.environ[name] for name in _INHERITED if name in os.environ},
    )


def stand_in(settings: Settings) -> Machine:
    """A computer without Spark: runs start the launcher of the settings."""
    nowhere = Path("/nonexistent")
    return Machine(
        endpoint=settings.endpoint,
        region=settings.region,
        spark_home=nowhere,
        java_home=nowhere,
        jars=(),
        python=tools.base_python(),
        aws_config=settings.aws_config,
        launcher=settings.launcher,
        cores=1,
        memory_mib=256,
        inherited={name: os.environ[name] for name in _INHERITED if name in os.environ},
    )


def plan_for(
    settings: Settings,
    request: Mapping[str, Any],
    application: Mapping[str, Any],
    folder: Path,
    *,
    session: str = "dev",
) -> Plan:
    """The command for a request on this computer, with the access key of the request's role.

    Args:
        settings: Of this laptop cloud.
        request: StartJobRun.
        application: Its application.
        folder: Where it works.
        session: Who takes the role: the run's id.

    Raises:
        LaptopError: A tool is missing.
        ValueError: The request holds what EMR Serverless refuses.
    """
    if settings.launcher:
        here = stand_in(settings)
    else:
        here = machine(settings, str(application["releaseLabel"]))
    if role := normalised(request).get("executionRoleArn"):
        here = replace(here, access_key=keys.issue(str(role), session))
    return plan(request, application=application, machine=here, folder=folder)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended."""

    state: str
    details: str = ""


class Runner:
    """Runs job runs, each in a thread of the caller.

    Args:
        settings: How.
        clients: How files are fetched and logs shipped, under the run's role.
        judge: Decides whether its role may.
    """

    def __init__(self, settings: Settings, clients: Clients, judge: Judge) -> None:
        self._settings = settings
        self._clients = clients
        self._judge = judge

    def run(self, run: JobRun) -> Outcome:
        """Run it to its end and say how it ended; its logs are in their places by then.

        A stream that fails is tried again, unless it has failed too often within an hour.
        """
        allowed = attempts.Allowance(run.request, self._settings.seconds_per_minute)
        outcome = self._attempt(run)
        while run.is_stream and outcome.state == "FAILED" and allowed.another():
            if not run.again(outcome.details):
                break
            attempts.put_aside(self._settings.runs / run.id, run.attempt - 1)
            run.cancel.wait(allowed.pause_seconds)
            outcome = self._attempt(run)
        return outcome

    def _attempt(self, run: JobRun) -> Outcome:
        folder = self._settings.runs / run.id
        logs = self._logs(run, folder)
        try:
            outcome = self._explained(run, self._run(run, folder, logs))
        except Exception as error:
            log.warning("run %s: %s", run.id, error, exc_info=not _expected(error))
            outcome = self._explained(run, Outcome(state="FAILED", details=_words(error)))
            _say_safely(folder, outcome.details)
        if run.cancel.is_set():
            outcome = Outcome(state="CANCELLED")
        self._finish(folder, logs)
        return outcome

    def _explained(self, run: JobRun, outcome: Outcome) -> Outcome:
        """A run that was refused something: what, and the line that would allow it, come first."""
        if outcome.state != "FAILED" or outcome.details.startswith(blame.WORD):
            return outcome
        if not blame.is_about_access(outcome.details):
            return outcome
        said = blame.sentence(self._judge.memory.denials(run.id))
        return Outcome(state="FAILED", details=f"{said}\n{outcome.details}") if said else outcome

    @staticmethod
    def _finish(folder: Path, logs: DriverLogs) -> None:
        try:
            logs.ship(final=True)
            logs.store()
            processes.forget(folder)
        except OSError as error:
            # How the run ended matters more than its logs; the disk may be what is full.
            log.warning("%s: %s", folder, error)

    def _logs(self, run: JobRun, folder: Path) -> DriverLogs:
        return DriverLogs(
            client=lambda service: self._client(run, service),
            folder=folder,
            where=monitoring(run.request, run.application),
            application=run.application["applicationId"],
            run=run.id,
            attempt=run.attempt if run.is_stream else None,
        )

    def _client(self, run: JobRun, service: str) -> AwsClient:
        role = str(run.request["executionRoleArn"])
        return self._clients.get(service, self._settings.region, role=role, session=run.id)

    def _run(self, run: JobRun, folder: Path, logs: DriverLogs) -> Outcome:
        run.move("PENDING")
        work = folder / "work"
        work.mkdir(parents=True)
        (work / "tmp").mkdir()
        starting.check(self._judge, run.request, run.application, run.id)
        self._fetch_tools(run, folder)
        made = plan_for(self._settings, run.request, run.application, work, session=run.id)
        self._record(run, made, folder)
        for note in made.notes:
            _say(folder, note)
        for one in made.archives:
            self._place(run, one.uri, work / one.name, folder)
        if not run.move("SCHEDULED"):
            return Outcome(state="CANCELLED")
        process = processes.start(made.argv, environment=made.environment, folder=folder, work=work)
        try:
            run.move("RUNNING")
            self._follow(run, process, logs)
        finally:
            processes.reap(process)
        code = process.returncode
        if code == 0:
            return Outcome(state="SUCCESS")
        return Outcome(state="FAILED", details=last_words(folder, code))

    def _fetch_tools(self, run: JobRun, folder: Path) -> None:
        if self._settings.launcher:
            return
        line = line_of_release(str(run.application["releaseLabel"]))
        if tools.is_complete(line.name):
            return
        _say(folder, f"Spark {line.pyspark} is not on this computer yet: fetching it once ...")
        tools.fetch(line.name)

    def _record(self, run: JobRun, made: Plan, folder: Path) -> None:
        shown = {"request": run.request, "argv": made.argv, "rewritten": made.rewritten}
        text = json.dumps(shown, indent=2, default=str)
        (folder / "command.json").write_text(f"{text}\n")

    def _place(self, run: JobRun, uri: str, target: Path, folder: Path) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        download = target.with_name(f".{Path(key).name}")
        client = self._client(run, "s3")
        with download.open("wb") as stream:
            client.download_fileobj(bucket, key, stream)
        archive.place(download, target, lambda text: _say(folder, text))
        download.unlink()

    def _follow(self, run: JobRun, process: subprocess.Popen[bytes], logs: DriverLogs) -> None:
        settings = self._settings
        minutes = run.timeout_minutes or math.inf
        deadline = time.monotonic() + minutes * settings.seconds_per_minute
        shipped = time.monotonic()
        while process.poll() is None:
            if time.monotonic() > deadline:
                run.stop(f"Job run timed out after {run.timeout_minutes} minutes")
            if run.cancel.is_set():
                grace = run.grace_seconds
                processes.end(
                    process, grace_seconds=settings.grace_seconds if grace is None else grace
                )
                return
            if time.monotonic() - shipped >= settings.log_seconds:
                logs.ship()
                shipped = time.monotonic()
            run.cancel.wait(_POLL_SECONDS)


def _say(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "stderr").open("a") as stream:
        stream.write(f"[laptop] {text}\n")


def _say_safely(folder: Path, text: str) -> None:
    try:
        _say(folder, text)
    except OSError as error:
        # The disk may be what is full.
        log.warning("%s: %s", folder, error)


def _expected(error: Exception) -> bool:
    known = LaptopError | ValueError | OSError | ClientError | BotoCoreError | RoleRefusedError
    return isinstance(error, known)


def _words(error: Exception) -> str:
    if isinstance(error, LaptopError | RoleRefusedError):
        return str(error)
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response['Error'].get('Message', error)}"
    return f"{type(error).__name__}: {error}"
