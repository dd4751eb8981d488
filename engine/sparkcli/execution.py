"""Start a run by hand: may this key run, where do its files go, what does the machine receive."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkcli.cloud import Cloud
from sparkcli.errors import CallError
from sparkcli.ledger import TERMINAL, Ledger

if TYPE_CHECKING:
    from sparkmodel import Job

MANUAL_FOLDER = "_manual"  # begins with _, so a run that reads the whole prefix does not see it


@dataclass(frozen=True)
class Started:
    """A run that was started."""

    job: str
    key: str
    generation: int
    execution: str

    @property
    def name(self) -> str:
        """`job/key`, as the commands take it."""
        return f"{self.job}/{self.key}"


def claim_or_refuse(cloud: Cloud, *, job: str, key: str, again: bool) -> int:
    """The generation that a run of `key` would have.

    The machine's own claim decides; asking first spares an upload over a finished run's input.

    Raises:
        CallError: The key ran already (without `again`), or runs now.
    """
    held = Ledger(cloud).run(job, key)
    if held is None:
        return 1
    if held.state not in TERMINAL:
        raise CallError(
            f"{held.name} is {held.state} since {held.since}, held by {held.execution}.",
            next_command=f"./sparkrail logs {held.name} --follow",
            document={"state": "DUPLICATE", "holder": held.execution},
        )
    if not again:
        raise CallError(
            f"{held.name} already ran: {held.state}, since {held.since}, held by {held.execution}. "
            "Nothing was started. --again runs the same key once more.",
            next_command=f"./sparkrail runs {held.name}",
            document={"state": "DUPLICATE", "holder": held.execution},
        )
    return held.generation + 1


def upload(
    cloud: Cloud, job: "Job", *, key: str, generation: int, files: Mapping[str, tuple[Path, ...]]
) -> dict[str, str]:
    """Put local files beside each input's own files; the location of each input.

    A later generation has a folder of its own, so what an earlier one read stays as it was.
    """
    folder = key if generation == 1 else f"{key}-{generation}"
    return {
        name: _upload_input(cloud, job.inputs[name].path or "", folder, paths)
        for name, paths in sorted(files.items())
    }


def _upload_input(cloud: Cloud, path: str, folder: str, files: tuple[Path, ...]) -> str:
    bucket, prefix = locate(cloud, path)
    stem = f"{prefix}{MANUAL_FOLDER}/{folder}/"
    for file in files:
        cloud.s3.upload_file(str(file), bucket, f"{stem}{file.name}")
    return f"s3://{bucket}/{stem}" + (files[0].name if len(files) == 1 else "")


def locate(cloud: Cloud, path: str) -> tuple[str, str]:
    """Bucket and prefix (empty, or ending in /) of an input's `path`."""
    if path.startswith("s3://"):
        bucket, _, prefix = path.removeprefix("s3://").partition("/")
    else:
        platform_bucket, _, prefix = path.partition("/")
        bucket = cloud.output("lake", f"{platform_bucket.capitalize()}BucketName")
    return bucket, f"{prefix.rstrip('/')}/" if prefix else ""


def start(
    cloud: Cloud, *, job: str, key: str, generation: int, overrides: Mapping[str, Any]
) -> Started:
    """Start the job's state machine by hand."""
    given = {name: value for name, value in overrides.items() if value}
    # Two starts of one key are two executions: which of them runs is the claim's business.
    suffix = f"{datetime.datetime.now(datetime.UTC):%H%M%S%f}"
    answer = cloud.states.start_execution(
        stateMachineArn=cloud.names.machine_arn(job),
        name=f"{key}-{generation}-{suffix}",
        input=json.dumps({"key": key, "generation": generation, "overrides": given}),
    )
    return Started(job, key, generation, answer["executionArn"])
