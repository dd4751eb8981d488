"""Run some keys of a job one after the other, each to its end."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.execution import Started, start
from sparkcli.ledger import TERMINAL, Ledger, RunRow
from sparkcli.screen import Screen

QUEUED = "Queued"
BUSY = frozenset({"Skipped"})  # outcomes of a start that is made again when the job is free
PATIENCE_SECONDS = 30  # how long after its execution a run's row may still be open


@dataclass(frozen=True)
class Wanted:
    """A run that is to be made.

    Args:
        key: Its run key.
        generation: Its generation.
        overrides: What it gets in place of what the manifest says.
    """

    key: str
    generation: int
    overrides: dict[str, Any]

    @classmethod
    def again(cls, row: RunRow) -> "Wanted":
        """The same run once more: same key, same overrides, the next generation."""
        return cls(row.key, row.generation + 1, dict(row.overrides))


@dataclass(frozen=True)
class Made:
    """A run that was made.

    Args:
        started: Its start.
        state: How its row ended, or why nothing ran.
        cause: Why it failed.
    """

    started: Started
    state: str
    cause: str = ""

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints of it."""
        return {
            "job": self.started.job,
            "run_key": self.started.key,
            "generation": self.started.generation,
            "state": self.state,
            "cause": self.cause or None,
            "execution": self.started.execution,
        }


def run_in_order(
    cloud: Cloud, screen: Screen, job: str, wanted: Iterable[Wanted]
) -> Iterator[Made]:
    """Start each run when the one before has ended, whatever the job's overlap policy is.

    Args:
        cloud: Where.
        screen: Gets a line per start and per end.
        job: Whose runs they are.
        wanted: In order.
    """
    for one in wanted:
        made = _run(cloud, screen, job, one)
        first = made.cause.strip().splitlines()[:1]
        why = f": {first[0]}" if first else ""
        good = made.state in ("SUCCEEDED", "Duplicate")
        screen.say(f"{made.started.name} {made.state}{why}", style=None if good else "yellow")
        yield made


def _run(cloud: Cloud, screen: Screen, job: str, one: Wanted) -> Made:
    while True:
        _wait_until_free(cloud, screen, job)
        started = start(
            cloud, job=job, key=one.key, generation=one.generation, overrides=one.overrides
        )
        screen.say(f"Started {started.name}")
        end = _end_of(cloud, started.execution)
        if end.outcome in BUSY:
            continue
        if end.outcome not in ("", QUEUED):
            return Made(started, end.outcome)
        patience = None if end.outcome == QUEUED else PATIENCE_SECONDS
        row = wait_for_row(
            cloud, job, one.key, generation=one.generation, patience_seconds=patience
        )
        if row is None:
            return Made(started, end.status, end.cause)
        return Made(started, row.state, row.cause)


def _wait_until_free(cloud: Cloud, screen: Screen, job: str) -> None:
    told = False
    while (lock := Ledger(cloud).lock(job)) is not None:
        if not told:
            screen.say(f"Waiting for {job}/{lock.get('key', '')}, which runs now")
            told = True
        time.sleep(cloud.poll_seconds)


@dataclass(frozen=True)
class _End:
    """How an execution ended; `outcome` is why it did not run, if it did not."""

    status: str
    outcome: str
    cause: str


def _end_of(cloud: Cloud, execution: str) -> _End:
    while True:
        described = cloud.states.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            output: dict[str, Any] = json.loads(described.get("output") or "{}")
            outcome = str(output.get("outcome", ""))
            return _End(described["status"], outcome, described.get("cause") or "")
        time.sleep(cloud.poll_seconds)


def wait_for_row(
    cloud: Cloud, job: str, key: str, *, generation: int, patience_seconds: float | None = None
) -> RunRow | None:
    """The row of a run, once it has ended.

    Args:
        cloud: Where.
        job: Whose.
        key: Its run key.
        generation: An earlier one does not count.
        patience_seconds: After so long the answer is None. Default: it waits.
    """
    began = time.monotonic()
    while True:
        row = Ledger(cloud).run(job, key)
        if row is not None and row.generation >= generation and row.state in TERMINAL:
            return row
        if patience_seconds is not None and time.monotonic() - began > patience_seconds:
            return None
        time.sleep(cloud.poll_seconds)
