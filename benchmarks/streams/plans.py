"""What a driver is told: its arguments, its contracts, its steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.streams.events import Events
from benchmarks.streams.submit import CATALOG, JOB, ROOT
from sparkjob.job_runner import JobFolder

SCRIPT = Path(__file__).with_name("driver.py")
TOPIC = "sales"
_GENERATIONS = 100  # of a start, at most
Step = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a stream works.

    Args:
        folder: Of its catalog, its checkpoint and its control files.
        brokers: Where its topic is.
    """

    folder: Path
    brokers: str


def step(number: int, how: str, size: int, *, point: str = "", skip: int = 0) -> Step:
    """A step of a driver.

    Args:
        number: Names it.
        how: `on` until its process or the stream is ended, `raised` until the query died, or `end`
            when all records are read.
        size: Most records of a micro-batch.
        point: Where it dies. Empty: nowhere.
        skip: How many micro-batches pass the point before.
    """
    return {
        "number": number,
        "how": how,
        "max_offsets": max(1, size),
        "point": point,
        "skip": skip,
        "forget": False,
    }


def write_plan(place: Place, events: Events, steps: Sequence[Step], start: int) -> Path:
    """Write what a start of a driver is to do.

    Args:
        place: Where the stream works.
        events: Where it tells what it did.
        steps: What it does, in this order.
        start: Which start it is, from 1.
    """
    told = {
        "job": JOB,
        "input": f"sales=topic:{TOPIC}",
        "output": f"orders={CATALOG}.sales.orders",
        "quarantine-percent": 10,
        "brokers": place.brokers,
        "checkpoint": place.folder / "checkpoint",
        "control": place.folder / "control",
    }
    plan = place.folder / "plan.json"
    document = {
        "events": str(events.path),
        "checkpoint": str(place.folder / "checkpoint"),
        "generation": _GENERATIONS * (start - 1),
        "arguments": [each for name in told for each in (f"--{name}", str(told[name]))],
        "steps": list(steps),
    }
    plan.write_text(json.dumps(document, indent=1))
    return plan


def write_contracts(folder: Path) -> Path:
    """Write the contracts of the job and of its topic, as packaging would."""
    path = folder / "contracts.json"
    above = JobFolder.above(ROOT / "spark_jobs" / JOB / "main.py")
    path.write_text(json.dumps(above.contracts()))
    return path
