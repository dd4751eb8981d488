"""A stream's reconciler: ask it to look now, and ask which version it wants."""

import datetime
import json
import re

from botocore.exceptions import ClientError

from sparkcli.cloud import Cloud

_VERSION = re.compile(r"#([0-9a-f]{8})#")
"""As the comment of the machine's definition has it."""


def wake(cloud: Cloud, job: str, why: str) -> str:
    """Start the stream's machine; the execution's ARN.

    It is woken by events and a watchdog as well; a second execution beside one under way leaves a
    mark and ends.

    Args:
        cloud: Where.
        job: The stream.
        why: Who wakes it: `resume` lets a stream go on that waits or has failed; any other word
            only lets it look.
    """
    now = datetime.datetime.now(datetime.UTC)
    started = cloud.states.start_execution(
        stateMachineArn=cloud.names.machine_arn(job),
        name=f"{why}-{now:%Y%m%dT%H%M%S%f}",
        input=json.dumps({"by": why}),
    )
    return started["executionArn"]


def desired_version(cloud: Cloud, job: str) -> str:
    """The version that is deployed, and runs or soon will; empty while nothing is deployed."""
    try:
        machine = cloud.states.describe_state_machine(stateMachineArn=cloud.names.machine_arn(job))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("StateMachineDoesNotExist", "InvalidArn"):
            return ""
        raise
    found = _VERSION.search(str(json.loads(machine["definition"]).get("Comment", "")))
    return found[1] if found else ""
