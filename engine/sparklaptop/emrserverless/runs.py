"""A job run: its states and what the API says of it."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sparklaptop.emrserverless.capacity import Amount, Demand

TERMINAL = frozenset({"SUCCESS", "FAILED", "CANCELLED"})
_NEXT = {
    "SUBMITTED": {"QUEUED", "PENDING", "FAILED", "CANCELLING"},
    "QUEUED": {"PENDING", "FAILED", "CANCELLING"},
    "PENDING": {"SCHEDULED", "FAILED", "CANCELLING"},
    "SCHEDULED": {"RUNNING", "FAILED", "CANCELLING"},
    "RUNNING": {"SUCCESS", "FAILED", "CANCELLING"},
    "CANCELLING": {"CANCELLED"},
}
_DETAILS = {
    "QUEUED": "Waiting: as many runs as the application allows are running",
    "PENDING": "Fetching what the run needs",
    "SCHEDULED": "Starting the driver",
    "RUNNING": "The driver is running",
    "SUCCESS": "The driver ended with exit code 0",
    "FAILED": "The driver failed",
    "CANCELLING": "Ending the driver",
}
_TIMEOUT_MINUTES = 720
_LETTERS = string.digits + "abcdefghijklmnopqrstuv"


def new_id() -> str:
    """An id as EMR Serverless gives them: 00 and letters."""
    return "00" + "".join(secrets.choice(_LETTERS) for _ in range(14))


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt of a run that has been tried again.

    Args:
        number: From 1.
        created_at: When it began.
        ended_at: When it had failed.
        details: Why.
    """

    number: int
    created_at: datetime
    ended_at: datetime
    details: str


@dataclass(kw_only=True, eq=False)
class JobRun:
    """One run of one application.

    Args:
        request: StartJobRun in the API's spelling.
        application: The application's description at the start.
        arn: ARN of the application.
        demand: What it asks for.
        on_change: Told after every change of state.
        keep: Writes it down; it has done so before anyone is told of a change.
    """

    request: Mapping[str, Any]
    application: Mapping[str, Any]
    demand: Demand
    on_change: Callable[[JobRun], None] = lambda _run: None
    keep: Callable[[JobRun], None] = lambda _run: None
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    state: str = "SUBMITTED"
    details: str = "Submitted"
    granted: Amount = field(default_factory=Amount)
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    grace_seconds: float | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    past: tuple[Attempt, ...] = ()
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.updated_at = self.created_at
        self.queued_until: datetime | None = None
        self.history = [(self.state, self.created_at)]

    def __getstate__(self) -> dict[str, Any]:
        own = ("on_change", "keep", "cancel", "ended", "_lock")
        return {name: value for name, value in vars(self).items() if name not in own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.on_change = self.keep = lambda _run: None
        self.cancel, self.ended, self._lock = (
            threading.Event(),
            threading.Event(),
            threading.RLock(),
        )
        if self.over:
            self.ended.set()

    @property
    def arn(self) -> str:
        """ARN of the run."""
        return f"{self.application['arn']}/jobruns/{self.id}"

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in TERMINAL

    @property
    def timeout_minutes(self) -> int:
        """When it is stopped: 12 hours unless the request says otherwise; 0 is never."""
        unless = 0 if self.is_stream else _TIMEOUT_MINUTES
        return int(self.request.get("executionTimeoutMinutes") or unless)

    @property
    def is_stream(self) -> bool:
        """Whether its mode is STREAMING: it has no timeout, and is tried again when it fails."""
        return self.request.get("mode") == "STREAMING"

    @property
    def attempt(self) -> int:
        """Number of the attempt that runs, or that was the last."""
        return len(self.past) + 1

    @property
    def attempt_created_at(self) -> datetime:
        """When that attempt began."""
        return self.past[-1].ended_at if self.past else self.created_at

    def again(self, why: str) -> bool:
        """Begin another attempt; says whether it is still alive to do so.

        Args:
            why: Why the last one failed.
        """
        with self._lock:
            if self.over or self.state == "CANCELLING":
                return False
            moment = now()
            failed = Attempt(
                number=self.attempt,
                created_at=self.attempt_created_at,
                ended_at=moment,
                details=why,
            )
            self.past = (*self.past, failed)
            self.updated_at, self.state = moment, "PENDING"
            self.details = f"Attempt {self.attempt}; before: {why}"
            self.history.append((self.state, moment))
            self.keep(self)
            self.on_change(self)
        return True

    def move(self, state: str, details: str = "") -> bool:
        """Enter a state if its present one allows that; says whether it did."""
        with self._lock:
            if state not in _NEXT.get(self.state, set()):
                return False
            self.updated_at = now()
            if self.state in ("SUBMITTED", "QUEUED"):
                self.queued_until = self.updated_at
            self.state = state
            # Why it was asked to end stays the reason when it has ended.
            self.details = details or (self.details if state == "CANCELLED" else _DETAILS[state])
            self.history.append((state, self.updated_at))
            if state == "RUNNING":
                self.started_at = self.updated_at
            if state in TERMINAL:
                self.ended_at = self.updated_at
            self.keep(self)
            if state in TERMINAL:
                self.ended.set()
            self.on_change(self)
        return True

    def stop(self, why: str, grace_seconds: float | None = None) -> bool:
        """Ask it to end; says whether it was still alive."""
        self.grace_seconds = grace_seconds
        moved = self.move("CANCELLING", why)
        self.cancel.set()
        return moved

    def _common(self) -> dict[str, Any]:
        return {
            "applicationId": self.application["applicationId"],
            "name": self.request.get("name"),
            "arn": self.arn,
            "createdBy": self.request["executionRoleArn"],
            "updatedAt": self.updated_at,
            "executionRole": self.request["executionRoleArn"],
            "state": self.state,
            "stateDetails": self.details,
            "releaseLabel": self.application["releaseLabel"],
            "mode": self.request.get("mode") or "BATCH",
            "attempt": self.attempt,
        }

    def describe(self) -> dict[str, Any]:
        """The run as GetJobRun shows it."""
        ended = self.ended_at or now()
        ran = (ended - self.started_at).total_seconds() if self.started_at else 0
        queued = (self.queued_until or ended) - self.created_at
        optional = ("configurationOverrides", "tags", "retryPolicy")
        shown = {
            **self._common(),
            "jobRunId": self.id,
            "createdAt": self.created_at,
            "attemptCreatedAt": self.attempt_created_at,
            "attemptUpdatedAt": self.updated_at,
            "jobDriver": self.request["jobDriver"],
            "executionTimeoutMinutes": self.timeout_minutes,
            "totalExecutionDurationSeconds": int(ran),
            "queuedDurationMilliseconds": int(queued.total_seconds() * 1000),
            "networkConfiguration": self.application.get("networkConfiguration"),
            "startedAt": self.started_at,
            "endedAt": self.ended_at,
            **{name: self.request.get(name) for name in optional},
        }
        return {name: value for name, value in shown.items() if value is not None}

    def summary(self) -> dict[str, Any]:
        """The run as ListJobRuns shows it."""
        shown = {
            **self._common(),
            "id": self.id,
            "createdAt": self.created_at,
            "attemptCreatedAt": self.attempt_created_at,
            "attemptUpdatedAt": self.updated_at,
            "type": "Spark",
        }
        return {name: value for name, value in shown.items() if value is not None}

    def attempts(self) -> list[dict[str, Any]]:
        """Its attempts as ListJobRunAttempts shows them, the newest first."""
        common = {
            **{name: value for name, value in self._common().items() if value is not None},
            "id": self.id,
            "jobCreatedAt": self.created_at,
            "type": "Spark",
        }
        shown = [{**common, "createdAt": self.attempt_created_at}]
        for one in reversed(self.past):
            own = {"createdAt": one.created_at, "updatedAt": one.ended_at, "attempt": one.number}
            shown.append({**common, **own, "state": "FAILED", "stateDetails": one.details})
        return shown
