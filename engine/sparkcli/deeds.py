"""Faults that are done once, from outside: a key, the clock, the laptop cloud itself."""

import os
import signal
import time
from typing import Any

from sparkcli.cloud import Cloud, laptop_of
from sparkcli.errors import OperationError
from sparkcli.workspace import Workspace

CLOCK_MINUTES = 15
POLL_SECONDS = 0.2
UNDER_WAY_SECONDS = 4.0


def do(deed: str, workspace: Workspace, cloud: Cloud) -> str:
    """Do what a fault of the catalog calls its deed; says what was done."""
    if deed == "key":
        return _disable_key(cloud)
    if deed == "clock":
        return _move_clock(workspace)
    return _kill_laptop(workspace)


def wait_for_a_run(workspace: Workspace) -> None:
    """Wait until a run has been under way for some seconds."""
    laptop = laptop_of(workspace)
    while not ((status := laptop.status()) and status.runs):
        time.sleep(POLL_SECONDS)
    time.sleep(UNDER_WAY_SECONDS)


def undo(cloud: Cloud) -> list[str]:
    """Enable every disabled key again; says what was done. Other deeds leave nothing to undo."""
    kms = _kms(cloud)
    enabled = []
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            found = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            if found.get("KeyState") == "Disabled":
                kms.enable_key(KeyId=key["KeyId"])
                enabled.append(f"Enabled the key {key['KeyId']} again.")
    return enabled


def _kms(cloud: Cloud) -> Any:  # noqa: ANN401  its types are not among ours
    return cloud.session.client("kms", endpoint_url=cloud.endpoint)


def _disable_key(cloud: Cloud) -> str:
    bucket = cloud.output("lake", "LakeBucketName")
    rules = cloud.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    key = rules["Rules"][0]["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")
    if not key:
        raise OperationError(f"The bucket {bucket} is not encrypted with a key of its own.")
    _kms(cloud).disable_key(KeyId=key)
    return f"Disabled the key {key}, which encrypts {bucket}."


def _move_clock(workspace: Workspace) -> str:
    laptop_of(workspace).advance_clock(CLOCK_MINUTES * 60)
    return f"The clock of the schedules is {CLOCK_MINUTES} minutes further."


def _kill_laptop(workspace: Workspace) -> str:
    laptop = laptop_of(workspace)
    status = laptop.status()
    if status is None:
        raise OperationError("The laptop cloud is not up.", next_command="./sparkrail up")
    os.kill(status.pid, signal.SIGKILL)
    again = laptop.start(port=status.port)
    return f"Killed the laptop cloud (process {status.pid}); process {again.pid} took its place."
