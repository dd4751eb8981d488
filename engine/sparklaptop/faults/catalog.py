"""The faults that have a name: what each does, in a line, and its rules."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sparklaptop.errors import LaptopError

Content = Mapping[str, Any]
# Files of an input are neither code nor a table's own.
_INPUT = {
    "action": "s3:GetObject",
    "not_resource": ["arn:aws:s3:::cdk-*", "*/metadata/*", "*/data/*"],
}
_DATA_FILE = {"action": "s3:PutObject", "resource": "*/data/*"}
# Behind the data file of an output come two commits: its branch, which nobody reads, and main.
_COMMIT = {
    "match": {"action": "glue:UpdateTable"},
    "after": {**_DATA_FILE, "not_resource": ["*_quarantine/data/*"]},
    "every": 2,
}
_TRANSFER = {"action": "s3:[GP][eu]tObject"}
_OFFSETS = {"action": "s3:PutObject", "resource": "*/v*/offsets/?*"}
_COMMITS = {"action": "s3:PutObject", "resource": "*/v*/commits/?*"}
STREAM_POINTS = (
    "stream-before-batch",
    "driver-at-write",
    "driver-before-commit",
    "driver-after-commit",
    "stream-after-sink",
)
"""SIGKILL at the five points of a micro-batch."""
DRIVER_POINTS = (
    "driver-at-read",
    "driver-at-shuffle",
    "driver-at-write",
    "driver-before-commit",
    "driver-after-commit",
)
"""SIGKILL at the five points of a run that writes a table."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault with a name.

    Args:
        says: What it does, in a line.
        rules: Of the layer in front of the laptop cloud.
        times: How often it happens unless told otherwise; None: until it is cleared.
        deed: What is done once, from outside: key, clock, laptop. Default: nothing.
    """

    says: str
    rules: Sequence[Content] = field(default_factory=tuple)
    times: int | None = 1
    deed: str = ""


def _error(action: str, status: int, code: str, **more: object) -> Content:
    effect = {"kind": "error", "status": status, "code": code}
    return {"match": {"action": action}, "effect": effect, **more}


def _kill(what: str, when: str = "before") -> Content:
    return {"kind": "kill", "what": what, "when": when}


FAULTS: Mapping[str, Fault] = {
    "driver-at-read": Fault(
        says="SIGKILL of the driver when it reads the first file of an input",
        rules=[{"match": _INPUT, "effect": _kill("driver")}],
    ),
    "driver-at-shuffle": Fault(
        says="SIGKILL of the driver when its first shuffle file lies on the disk",
        rules=[{"on": "shuffle", "effect": _kill("driver")}],
    ),
    "driver-at-write": Fault(
        says="SIGKILL of the driver when it writes the first data file of a table",
        rules=[{"match": _DATA_FILE, "effect": _kill("driver")}],
    ),
    "driver-before-commit": Fault(
        says="SIGKILL of the driver when it publishes: the catalog never sees its commit",
        rules=[{**_COMMIT, "effect": _kill("driver")}],
    ),
    "driver-after-commit": Fault(
        says="SIGKILL of the driver when the catalog has published its rows, before it hears so",
        rules=[{**_COMMIT, "effect": _kill("driver", "after")}],
    ),
    "worker": Fault(
        says="SIGKILL of the first Python worker of a run (jobs with Python functions have some)",
        rules=[{"on": "worker", "effect": _kill("worker")}],
    ),
    "start-throttled": Fault(
        says="StartJobRun answers 429 ThrottlingException, ten times in a row",
        rules=[_error("emr-serverless:StartJobRun", 429, "ThrottlingException")],
        times=10,
    ),
    "start-burst": Fault(
        says="StartJobRun is limited to 25 at once and 1 per second, as on AWS, until cleared",
        rules=[{"match": {"action": "emr-serverless:StartJobRun"}, "effect": {"kind": "throttle"}}],
        times=None,
    ),
    "start-reply-lost": Fault(
        says="StartJobRun is accepted and its reply is lost",
        rules=[{"match": {"action": "emr-serverless:StartJobRun"}, "effect": {"kind": "drop"}}],
    ),
    "poll-errors": Fault(
        says="GetJobRun answers 500 InternalServerException, twenty times in a row",
        rules=[_error("emr-serverless:GetJobRun", 500, "InternalServerException")],
        times=20,
    ),
    "commit-reply-lost": Fault(
        says="the catalog publishes the rows of a run and its reply is lost",
        rules=[{**_COMMIT, "effect": {"kind": "drop"}}],
    ),
    "s3-slow-down": Fault(
        says="a fifth of all GET and PUT of S3 answers 503 SlowDown, until cleared",
        rules=[
            {
                "match": _TRANSFER,
                "effect": {"kind": "error", "status": 503, "code": "SlowDown"},
                "probability": 0.2,
            }
        ],
        times=None,
    ),
    "s3-cut-short": Fault(
        says="the connection ends in the middle of a file that a run reads, five times",
        rules=[{"match": _INPUT, "effect": {"kind": "truncate"}}],
        times=5,
    ),
    "s3-slow": Fault(
        says="each GET and PUT of S3 takes a second longer, until cleared",
        rules=[{"match": _TRANSFER, "effect": {"kind": "delay", "seconds": 1}}],
        times=None,
    ),
    "disk-full": Fault(
        says="from the first file of an input on, the run can write nothing to the disk (Linux)",
        rules=[{"match": _INPUT, "effect": {"kind": "limit_files", "bytes": 0}}],
    ),
    "denied": Fault(
        says="a policy denies glue:UpdateTable, until cleared",
        rules=[{"match": {"action": "glue:UpdateTable"}, "effect": {"kind": "deny"}}],
        times=None,
    ),
    "events-lost": Fault(
        says="no event of executions, job runs, tables or files arrives anywhere, until cleared",
        rules=[{"on": "event", "effect": {"kind": "lose"}}],
        times=None,
    ),
    "key-disabled": Fault(
        says="the key that encrypts the lake is disabled, until cleared", times=None, deed="key"
    ),
    "clock": Fault(
        says="the clock of the schedules jumps 15 minutes ahead", times=None, deed="clock"
    ),
    "stream-before-batch": Fault(
        says="SIGKILL of a stream's driver when it plans a micro-batch: offsets are being written",
        rules=[{"match": _OFFSETS, "effect": _kill("driver")}],
    ),
    "stream-after-sink": Fault(
        says="SIGKILL of a stream's driver when its table has a micro-batch and its checkpoint not",
        rules=[{"match": _COMMITS, "effect": _kill("driver")}],
    ),
    "checkpoint-lost": Fault(
        says="the checkpoint of each stream that runs is deleted, and its driver killed",
        rules=[{"on": "now", "effect": {"kind": "lose_checkpoint"}}],
    ),
    "broker": Fault(
        says="SIGKILL of one Kafka broker, which is started again after 20 seconds",
        rules=[{"on": "now", "effect": {"kind": "outage", "brokers": "one", "seconds": 20}}],
    ),
    "brokers": Fault(
        says="SIGKILL of all Kafka brokers, which are started again after a minute",
        rules=[{"on": "now", "effect": {"kind": "outage", "brokers": "all", "seconds": 60}}],
    ),
    "laptop-killed": Fault(
        says="SIGKILL of the laptop cloud itself, which is then started again", deed="laptop"
    ),
}


def find(name: str) -> Fault:
    """A fault by its name.

    Raises:
        LaptopError: There is none; names the nearest and all that are.
    """
    if name not in FAULTS:
        near = difflib.get_close_matches(name, FAULTS, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise LaptopError(
            f'there is no fault "{name}".{hint} There are: {", ".join(FAULTS)}.',
            next_command="sparkrail break",
        )
    return FAULTS[name]


def rules_of(name: str, *, job: str | None = None, times: int | None = None) -> list[Content]:
    """The rules of a fault.

    Args:
        name: Of the fault.
        job: Only for runs of this job. Default: for everybody.
        times: How often. Default: as the fault says.

    Raises:
        LaptopError: There is no such fault.
    """
    fault = find(name)
    often = times if times is not None else fault.times
    return [
        {
            "name": name,
            **rule,
            "match": {**rule.get("match", {}), **_only(rule, job)},
            **({"times": often} if often is not None else {}),
        }
        for rule in fault.rules
    ]


def _only(rule: Content, job: str | None) -> dict[str, str]:
    # A run is started and polled by its machine, not by the run itself.
    by_others = str(rule.get("match", {}).get("action", "")).startswith("emr-serverless:")
    of_nobody = rule.get("on") == "event" or rule["effect"]["kind"] == "outage"
    return {"job": job} if job and not by_others and not of_nobody else {}
