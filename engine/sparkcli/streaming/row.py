"""What the ledger and the driver say of a stream."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from sparkcli.cloud import Cloud
from sparkcli.ledger import Ledger, RunRow, plain

NEVER = "NEW"
"""State of a stream that no reconciler has looked at yet."""

RUN_KEY = "stream"
"""Stands between job and generation in the names of a stream's job runs."""


@dataclass(frozen=True)
class StreamRow:
    """What the reconciler keeps of a stream.

    Args:
        job: Whose.
        state: What it does, in the reconciler's words.
        generation: Counts its starts; 0 before the first.
        version: Of the code and settings that run, 8 hex digits.
        application: Where it runs.
        jobRun: The job run of EMR Serverless.
        why: Why it stopped, failed or waits.
        updated: When the row was written, as ISO text in UTC.
        goodVersion: The newest version that has committed.
        badVersion: A version that failed before its first commit, and is not started again.
    """

    job: str
    state: str = NEVER
    generation: int = 0
    version: str = ""
    application: str = ""
    jobRun: str = ""  # noqa: N815  as the ledger spells it; so below
    why: str = ""
    updated: str = ""
    goodVersion: str = ""  # noqa: N815
    badVersion: str = ""  # noqa: N815

    @property
    def as_run(self) -> RunRow:
        """The generation as a run, as far as its log and its job run are concerned."""
        return RunRow(
            job=self.job,
            key=RUN_KEY,
            state=self.state,
            generation=self.generation,
            application=self.application,
            jobRun=self.jobRun,
            cause=self.why,
        )


@dataclass(frozen=True)
class Progress:
    """The newest line of metrics of a stream's driver.

    Args:
        at: When it was written, as ISO text in UTC; empty before the first.
        metrics: By the names of docs/contracts.
    """

    at: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)


def stream_row(cloud: Cloud, job: str) -> StreamRow:
    """The row of a stream; one that was never looked at is NEW."""
    item = Ledger(cloud).item(f"stream#{job}", "state")
    if item is None:
        return StreamRow(job)
    row = plain(item)
    known = {name: row[name] for name in StreamRow.__dataclass_fields__ if name in row}
    known["generation"] = int(known.get("generation") or 0)
    return StreamRow(**{**known, "job": job})


def progress(cloud: Cloud, job: str) -> Progress:
    """What the stream's driver said last; empty before it says anything."""
    found = _read(cloud, f"streams/{job}/progress.json")
    return Progress(*found) if found else Progress()


def reports(cloud: Cloud, job: str) -> list[dict[str, Any]]:
    """How the generations of a stream ended, newest first, as their drivers said."""
    bucket, prefix = _bucket(cloud), f"streams/{job}/reports/"
    pages = cloud.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    found = [answer[1] for key in keys if (answer := _read(cloud, key)) is not None]
    return sorted(found, key=lambda report: int(report.get("generation") or 0), reverse=True)


def _read(cloud: Cloud, key: str) -> tuple[str, dict[str, Any]] | None:
    """When a file was written, and what it says; None if it is not there."""
    try:
        answer = cloud.s3.get_object(Bucket=_bucket(cloud), Key=key)
    except cloud.s3.exceptions.NoSuchKey:
        return None
    document: dict[str, Any] = json.loads(answer["Body"].read())
    return answer["LastModified"].astimezone(UTC).isoformat(timespec="seconds"), document


def _bucket(cloud: Cloud) -> str:
    return cloud.output("lake", "LogsBucketName")
