"""Applications: what each is, which of its runs may run now, which wait."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sparklaptop.emrserverless.capacity import Amount, demand, maximum
from sparklaptop.emrserverless.changes import Changes
from sparklaptop.emrserverless.checks import check_application, check_request
from sparklaptop.emrserverless.problems import ConflictError, InvalidError, NotFoundError
from sparklaptop.emrserverless.requests import submission
from sparklaptop.emrserverless.runner import Outcome, Runner
from sparklaptop.emrserverless.runs import JobRun, new_id, now
from sparklaptop.emrserverless.settings import Settings
from sparklaptop.emrserverless.shelf import CUT_OFF, Shelf

log = logging.getLogger(__name__)
# Defaults of EMR Serverless (guide, "Job concurrency and queuing"; API reference, StartJobRun).
_MAX_CONCURRENT, _QUEUE_MINUTES, _IDLE_MINUTES = 15, 360, 15
_NOT_STARTED = ("CREATED", "STOPPED")
_KEPT = ("id", "arn", "created_at", "updated_at", "token", "_description", "_state")


class Application:
    """One application and its runs.

    Args:
        description: What CreateApplication was given.
        arn_base: ARN up to the id.
        runner: Runs its runs.
        settings: Lengths of timeouts.
        shelf: Where it and its runs are kept.
        changes: Who is told of new states.
    """

    def __init__(
        self,
        *,
        description: Mapping[str, Any],
        arn_base: str,
        runner: Runner,
        settings: Settings,
        shelf: Shelf,
        changes: Changes,
    ) -> None:
        check_application(description)
        self._description = {
            "autoStartConfiguration": {"enabled": True},
            "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": _IDLE_MINUTES},
            **{name: value for name, value in description.items() if name != "clientToken"},
            "type": "Spark",
        }
        self.token = description.get("clientToken")
        self.id = new_id()
        self.arn = f"{arn_base}{self.id}"
        self.created_at = self.updated_at = now()
        self._runner = runner
        self._settings = settings
        self._shelf = shelf
        self._changes = changes
        self._told = ""
        self._state = "CREATED"
        self._idle_since = time.monotonic()
        self._lock = threading.RLock()
        self._tokens: dict[str, tuple[str, JobRun]] = {}
        self._waiting: list[JobRun] = []
        self._active: list[JobRun] = []
        self.runs: dict[str, JobRun] = {}

    def keep(self) -> None:
        """Write it down, without its runs, which have rows of their own."""
        with self._lock:
            content = {name: getattr(self, name) for name in _KEPT}
            self._shelf.keep_application(self.id, content)
            if self._told != self._state:
                self._told = self._state
                self._changes.application(self.describe())

    def put_back(self, content: Mapping[str, Any]) -> list[JobRun]:
        """Be again what was kept; returns the runs that were alive then and have ended now."""
        cut_off = []
        for name, value in content.items():
            setattr(self, name, value)
        self._told = self._state
        for run in self._shelf.runs(self.id):
            run.keep = self._shelf.keep_run
            if not run.over:
                cancelled = run.state == "CANCELLING"
                run.move("CANCELLED" if cancelled else "FAILED", "" if cancelled else CUT_OFF)
                cut_off.append(run)
            self.runs[run.id] = run
            self._tokens[str(run.request["clientToken"])] = (_digest(run.request), run)
        return cut_off

    @property
    def state(self) -> str:
        """CREATED, STARTED, STOPPED or TERMINATED; it stops by itself once it was idle."""
        with self._lock:
            stop = self._description["autoStopConfiguration"]
            if self._state == "STARTED" and stop.get("enabled", True) and not self._busy():
                minutes = stop.get("idleTimeoutMinutes", _IDLE_MINUTES)
                idle = time.monotonic() - self._idle_since
                if idle > minutes * self._settings.seconds_per_minute:
                    self._state = "STOPPED"
                    self.keep()
            return self._state

    def _busy(self) -> bool:
        return bool(self._active or self._waiting)

    def describe(self) -> dict[str, Any]:
        """The application as GetApplication shows it."""
        return {
            **self._description,
            "applicationId": self.id,
            "arn": self.arn,
            "state": self.state,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }

    def summary(self) -> dict[str, Any]:
        """The application as ListApplications shows it."""
        shown = self.describe()
        names = "name arn releaseLabel type state createdAt updatedAt architecture"
        return {
            "id": self.id,
            **{name: shown[name] for name in names.split() if name in shown},
        }

    def update(self, changes: Mapping[str, Any]) -> None:
        """UpdateApplication.

        Raises:
            InvalidError: It is started.
        """
        with self._lock:
            self._must_be(*_NOT_STARTED)
            ours = {k: v for k, v in changes.items() if k not in ("applicationId", "clientToken")}
            self._description |= ours
            self.updated_at = now()
            self.keep()

    def set_tags(self, tags: Mapping[str, str], removed: tuple[str, ...] = ()) -> None:
        """Add and remove tags."""
        with self._lock:
            kept = {**self._description.get("tags", {}), **tags}
            wanted = {key: value for key, value in kept.items() if key not in removed}
            self._description["tags"] = wanted
            self.keep()

    def start(self) -> None:
        """StartApplication."""
        with self._lock:
            if self.state == "TERMINATED":
                raise InvalidError(f"Application {self.id} is terminated")
            self._state, self._idle_since = "STARTED", time.monotonic()
            self.keep()

    def stop(self) -> None:
        """StopApplication; refused while a run is alive, as on AWS."""
        with self._lock:
            if self._busy():
                raise InvalidError(f"Application {self.id} has {len(self._active)} active job runs")
            self._state = "STOPPED" if self._state == "STARTED" else self._state
            self.keep()

    def delete(self) -> None:
        """DeleteApplication."""
        with self._lock:
            self._must_be(*_NOT_STARTED)
            self._state = "TERMINATED"
            self.keep()

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            raise InvalidError(
                f"Application {self.id} must be in one of the following statuses "
                f"[{', '.join(states)}]. Current status: {self.state}"
            )

    def submit(self, request: Mapping[str, Any]) -> JobRun:
        """StartJobRun: a token seen before gives its run again.

        Raises:
            ConflictError: The token belongs to another request.
            InvalidError: The request is not one that EMR Serverless would take.
        """
        digest = _digest(request)
        token = str(request["clientToken"])
        with self._lock:
            if token in self._tokens:
                before, run = self._tokens[token]
                if before != digest:
                    raise ConflictError(
                        f"ClientToken {token} was used for job run {run.id} with other parameters"
                    )
                return run
            run = self._accepted(request)
            run.keep, run.on_change = self._shelf.keep_run, self._changes.run
            run.keep(run)
            run.on_change(run)
            self._tokens[token] = (digest, run)
            self.runs[run.id] = run
            self._waiting.append(run)
            self._admit()
            return run

    def _accepted(self, request: Mapping[str, Any]) -> JobRun:
        check_request(request)
        auto = self._description["autoStartConfiguration"].get("enabled", True)
        if self.state == "TERMINATED" or (self.state != "STARTED" and not auto):
            raise InvalidError(f"Application {self.id} is {self.state}: it cannot run jobs")
        if self._state != "STARTED":
            self._state = "STARTED"
            self.keep()
        description = self.describe()
        try:
            wanted = demand(submission(request, description).conf)
        except ValueError as error:
            raise InvalidError(str(error)) from error
        return JobRun(request=request, application=description, demand=wanted)

    def find(self, identity: str) -> JobRun:
        """A run.

        Raises:
            NotFoundError: There is no such run.
        """
        if identity not in self.runs:
            raise NotFoundError(f"JobRun {identity} does not exist")
        return self.runs[identity]

    def list(
        self,
        *,
        states: frozenset[str],
        after: datetime | None,
        before: datetime | None,
    ) -> list[JobRun]:
        """Runs, the newest first."""
        found = [
            run
            for run in self.runs.values()
            if (not states or run.state in states)
            and (after is None or run.created_at > after)
            and (before is None or run.created_at < before)
        ]
        return list(reversed(found))

    def cancel(self, identity: str, grace_seconds: float | None) -> JobRun:
        """CancelJobRun.

        Raises:
            InvalidError: The run has ended.
        """
        run = self.find(identity)
        if run.over:
            raise InvalidError(f"Job run {identity} is {run.state}: it cannot be cancelled")
        self._end(run, "Cancelled by CancelJobRun", grace_seconds)
        return run

    def cancel_all(self, why: str) -> None:
        """End every run that is alive."""
        for run in self.runs.values():
            if not run.over:
                self._end(run, why, None)

    def _end(self, run: JobRun, why: str, grace_seconds: float | None) -> None:
        with self._lock:
            run.stop(why, grace_seconds)
            if run in self._waiting:
                self._waiting.remove(run)
                run.move("CANCELLED")
        self._admit()

    def _admit(self) -> None:
        with self._lock:
            scheduler = self._description.get("schedulerConfiguration") or {}
            most = int(scheduler.get("maxConcurrentRuns") or _MAX_CONCURRENT)
            while self._waiting and len(self._active) < most:
                self._start(self._waiting.pop(0))
            minutes = int(scheduler.get("queueTimeoutMinutes") or _QUEUE_MINUTES)
            for run in self._waiting:
                if run.move("QUEUED"):
                    self._expire_later(run, minutes)

    def _start(self, run: JobRun) -> None:
        limit = maximum(self._description.get("maximumCapacity"))
        if limit is not None:
            taken = sum((other.granted for other in self._active), Amount())
            free = Amount(
                vcpu=limit.vcpu - taken.vcpu,
                memory_gb=limit.memory_gb - taken.memory_gb,
                disk_gb=limit.disk_gb - taken.disk_gb,
            )
            if not run.demand.least.fits(free):
                run.move(
                    "FAILED",
                    "Job execution failed, the application has exceeded its maximumCapacity "
                    f"settings: the driver and one executor need {run.demand.least}; "
                    f"free are {free}.",
                )
                return
            run.granted = run.demand.granted(free)
        self._active.append(run)
        threading.Thread(target=self._work, args=(run,), name=f"run-{run.id}", daemon=True).start()

    def _work(self, run: JobRun) -> None:
        try:
            outcome = self._runner.run(run)
        except Exception as error:
            # Whatever happens, a run must end: a state machine waits for it.
            log.exception("run %s", run.id)
            outcome = Outcome(state="FAILED", details=f"{type(error).__name__}: {error}")
        with self._lock:
            # Its place is free before anyone can see that it has ended.
            self._active.remove(run)
            self._idle_since = time.monotonic()
            if not run.move(outcome.state, outcome.details):
                run.move("CANCELLED")
        self._admit()

    def _expire_later(self, run: JobRun, minutes: int) -> None:
        def expire() -> None:
            if run.state == "QUEUED":
                self._end(run, f"Job run timed out in the queue after {minutes} minutes", None)

        timer = threading.Timer(minutes * self._settings.seconds_per_minute, expire)
        timer.daemon = True
        timer.start()


def _digest(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
