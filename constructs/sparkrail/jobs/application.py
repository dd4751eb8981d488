"""Applications of EMR Serverless: a team's, per release and architecture, never changed.

A started application refuses every update, tags included, so a change makes a new application and
the old one stays until it is idle. (docs/adr/0004-immutable-applications.md)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from constructs import Construct

from sparkmodel import Environment, Job
from sparkmodel.capacity import (
    ApplicationKey,
    Capacity,
    maximum_capacity,
    streams_capacity,
)
from sparkrail.fragment import include, kept
from sparkrail.names import Names
from sparkrail.outputs import publish
from sparkrail.references import reference

if TYPE_CHECKING:
    from sparkrail.platform import Platform

_MOST_STREAMS = 1000
"""Runs at a time of an application of streams: as many as EMR Serverless takes, so none waits."""


class Application(Construct):
    """A team's application for one release, architecture and purpose: batch jobs or streams.

    Args:
        key: Team, release, architecture and purpose.
        jobs: All jobs that run on it; those of streams say how much it may take.
        platform: Gives keys, log bucket, network and the team's limits.

    Attributes:
        application_id: For StartJobRun.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        key: ApplicationKey,
        jobs: Iterable[Job],
        platform: Platform,
    ) -> None:
        super().__init__(scope, id_)
        environment, jobs = platform.environment, list(jobs)
        logical_id = application_logical_id(key, environment, jobs)
        properties = {
            **_properties(key, environment, _deployed(platform)),
            **_maximum(key, environment, jobs),
        }
        include(self, {logical_id: kept("AWS::EMRServerless::Application", properties)})
        self.application_id = reference(logical_id)
        output = application_output(key, environment)
        publish(Stack.of(self), **{output: self.application_id})


def application_logical_id(
    key: ApplicationKey, environment: Environment, jobs: Iterable[Job] = ()
) -> str:
    """Name an application in its template; the name changes with any of its properties.

    Args:
        key: Team, release, architecture and purpose.
        environment: Gives the team's limits and the network.
        jobs: All streams that run on it; an application of batch jobs does without.
    """
    recipe = _properties(key, environment, _symbols(environment))
    return _name(key, {**recipe, **_maximum(key, environment, jobs)})


def application_output(key: ApplicationKey, environment: Environment) -> str:
    """Name under which the id of an application is published.

    Another stream makes the application of streams larger, and so makes a new one. The name stays,
    so that no other stream's stack changes with it.

    Args:
        key: Team, release, architecture and purpose.
        environment: Gives the team's limits and the network.
    """
    if key.purpose == "Stream":
        return f"{application_kind(key, environment)}Id"
    return f"{application_logical_id(key, environment)}Id"


def application_kind(key: ApplicationKey, environment: Environment) -> str:
    """Name what an application is like, whatever its size.

    Args:
        key: Team, release, architecture and purpose.
        environment: Gives the team's limits and the network.
    """
    return _name(key, _properties(key, environment, _symbols(environment)))


def _name(key: ApplicationKey, recipe: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
    words = re.split(r"[^a-z0-9]", f"{key.release}-{key.architecture}")
    return f"{key.purpose}{''.join(map(str.capitalize, words))}{digest[:8]}"


def _maximum(
    key: ApplicationKey, environment: Environment, jobs: Iterable[Job]
) -> dict[str, dict[str, str]]:
    most: Capacity
    if key.purpose == "Stream":
        most = streams_capacity(jobs)
    else:
        most = maximum_capacity(environment.teams[key.team])
    return {
        "MaximumCapacity": {
            "Cpu": f"{most.vcpu} vCPU",
            "Memory": f"{most.memory_gb} GB",
            "Disk": f"{most.disk_gb} GB",
        }
    }


def _deployed(platform: Platform) -> dict[str, Any]:
    """What only the deploy knows."""
    workers = platform.workers
    return {
        "logs": platform.buckets.logs,
        "key": platform.keys.logs,
        "network": workers
        and {
            "SubnetIds": list(workers.subnet_ids),
            "SecurityGroupIds": [workers.security_group_id],
        },
    }


def _symbols(environment: Environment) -> dict[str, Any]:
    """Stand-ins for the same values that change only when a person changes the configuration."""
    network = environment.network
    inside = network.mode != "none"
    return {"logs": "logs", "key": "key", "network": inside and network.model_dump(mode="json")}


def _properties(
    key: ApplicationKey, environment: Environment, given: dict[str, Any]
) -> dict[str, Any]:
    team = environment.teams[key.team]
    architecture = key.architecture.upper()
    streams = key.purpose == "Stream"
    properties = {
        "Name": f"{environment.prefix}-{key.team}-{key.purpose.lower()}"[:64],
        "Type": "SPARK",
        "ReleaseLabel": key.release,
        "Architecture": architecture,
        "AutoStartConfiguration": {"Enabled": True},
        "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": team.idle_minutes},
        "SchedulerConfiguration": {
            "MaxConcurrentRuns": _MOST_STREAMS if streams else team.concurrent_runs,
            "QueueTimeoutMinutes": team.queue_minutes,
        },
        "InteractiveConfiguration": {"LivyEndpointEnabled": False, "StudioEnabled": False},
        "MonitoringConfiguration": _monitoring(key, environment, given),
    }
    return properties | ({"NetworkConfiguration": given["network"]} if given["network"] else {})


def _monitoring(
    key: ApplicationKey, environment: Environment, given: dict[str, Any]
) -> dict[str, Any]:
    streams = {"Key": "SPARK_DRIVER", "Value": ["STDOUT", "STDERR"]}
    return {
        "S3MonitoringConfiguration": {
            "LogUri": f"s3://{given['logs']}/emr/",
            "EncryptionKeyArn": given["key"],
        },
        "ManagedPersistenceMonitoringConfiguration": {
            "Enabled": True,
            "EncryptionKeyArn": given["key"],
        },
        "CloudWatchLoggingConfiguration": {
            "Enabled": True,
            "LogGroupName": Names(environment).driver_logs(key.team),
            "EncryptionKeyArn": given["key"],
            "LogTypeMap": [streams],
        },
    }
