"""What shall run: a literal in the machine, which every deploy of another version replaces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparkmodel import Job
from sparkrail.names import Names
from sparkrail.streaming.rows import ROW
from sparkrail.workflow import retries
from sparkrail.workflow.asl import States, caught, choose, is_, note, present, task
from sparkrail.workflow.definition import tags

VERSION = "${Version}"
"""Filled in by the deploy, so that what the machine does reads the same from version to version."""

_LIVE = "States.ArrayGetItem(States.StringSplit($.Definition, '#'), 1)"


@dataclass(frozen=True, kw_only=True)
class StreamRun:
    """What a reconciler starts.

    Args:
        entry_point: Where the file is that Spark runs.
        spark_submit: Parameters of spark-submit.
        arguments: Of the job, the same at every start.
    """

    entry_point: str
    spark_submit: str
    arguments: Sequence[str]


def comment(job: str) -> str:
    """Say what the machine is; its version stands between the first two #.

    Args:
        job: The stream.
    """
    return f"Keeps {job} as desired: #{VERSION}#"


def payload(job: Job, what: StreamRun, *, names: Names) -> dict[str, Any]:
    """Write what StartJobRun is told, but for what only the start knows.

    There is no timeout: a streaming run has none. (EMR Serverless guide, streaming jobs.)

    Args:
        job: The stream.
        what: What it starts.
        names: Of the environment.
    """
    assert job.stream is not None, "only streams are kept running"
    return {
        "ApplicationId": "${ApplicationId}",
        "ExecutionRoleArn": names.role_arn(job.name, "job"),
        "EntryPoint": what.entry_point,
        "SparkSubmitParameters": what.spark_submit,
        "Arguments": list(what.arguments),
        "RetryPolicy": {"MaxFailedAttemptsPerHour": job.stream.attempts_per_hour},
        "ConfigurationOverrides": {
            "DiskEncryptionConfiguration": {"EncryptionKeyArn": "${DataKeyArn}"}
        },
        "Tags": dict(tags(job, names)),
    }


def version(definition: str, more: Mapping[str, Any]) -> str:
    """Make the version of a stream: eight letters that change with whatever would run otherwise.

    Args:
        definition: The machine, in which the payload is.
        more: What its placeholders stand for, as far as it is known at synth: digests of the code,
            what the application is like.
    """
    desired = json.loads(definition)["States"]["Desired"]["Result"]
    recipe = json.dumps([desired, more], sort_keys=True)
    return hashlib.sha256(recipe.encode()).hexdigest()[:8]


def current(*, machine_arn: str, then: str, outdated: str, failed: str) -> States:
    """Go on only if this execution has the definition that is deployed now.

    An execution may begin before a deploy and take the lease after it: it would replace the new
    version by the old one.

    Args:
        machine_arn: The reconciler itself.
        then: The next state.
        outdated: The next state of an execution whose definition is another.
        failed: The next state when nobody answers.
    """
    return {
        "Current": task(
            "aws-sdk:sfn:describeStateMachine",
            {"StateMachineArn": machine_arn},
            then="IsCurrent",
            keep="$.live",
            select={"version.$": _LIVE},
            retry=retries.STATES,
            catch=[caught(failed)],
        ),
        "IsCurrent": choose({**is_("$.live.version", VERSION), "Next": then}, otherwise=outdated),
    }


def want(desired: Mapping[str, Any], *, then: str) -> States:
    """Say what shall run: the desired version, or the last good one if that one is known as bad.

    Args:
        desired: The payload.
        then: The next state; `$.want` is then the version and its payload.
    """
    bad = [present(f"{ROW}.badVersion.S"), present(f"{ROW}.good.S")]
    bad += [is_(f"{ROW}.badVersion.S", VERSION)]
    good = f"States.StringToJson({ROW}.good.S)"
    return {
        "Want": choose({"And": bad, "Next": "LastGood"}, otherwise="Desired"),
        "LastGood": note(
            {"version.$": f"{ROW}.goodVersion.S", "payload.$": good}, at="$.want", then=then
        ),
        "Desired": {
            "Type": "Pass",
            "Result": {"version": VERSION, "payload": desired},
            "ResultPath": "$.want",
            "Next": then,
        },
    }
