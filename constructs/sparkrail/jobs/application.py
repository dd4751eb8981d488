"""Applications of EMR Serverless: a team's, per release and architecture, never changed.

A started application refuses every update, tags included, so a change makes a new application and
the old one stays until it is idle. (docs/adr/0004-immutable-applications.md)
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from constructs import Construct

from sparkmodel import Environment
from sparkmodel.capacity import ApplicationKey, maximum_capacity
from sparkrail.fragment import include, kept
from sparkrail.names import Names
from sparkrail.outputs import publish
from sparkrail.references import reference

if TYPE_CHECKING:
    from sparkrail.platform import Platform

PURPOSE = "Batch"
"""Streams never let an application stop, so they will have applications of their own."""


class Application(Construct):
    """A team's application for one release and architecture.

    Args:
        key: Team, release and architecture.
        platform: Gives keys, log bucket, network and the team's limits.

    Attributes:
        application_id: For StartJobRun.
    """

    def __init__(
        self, scope: Construct, id_: str, *, key: ApplicationKey, platform: Platform
    ) -> None:
        super().__init__(scope, id_)
        logical_id = application_logical_id(key, platform.environment)
        properties = _properties(key, platform.environment, _deployed(platform))
        include(self, {logical_id: kept("AWS::EMRServerless::Application", properties)})
        self.application_id = reference(logical_id)
        output = application_output(key, platform.environment)
        publish(Stack.of(self), **{output: self.application_id})


def application_logical_id(key: ApplicationKey, environment: Environment) -> str:
    """Name an application in its template; the name changes with any of its properties.

    Args:
        key: Team, release and architecture.
        environment: Gives the team's limits and the network.
    """
    recipe = _properties(key, environment, _symbols(environment))
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
    words = re.split(r"[^a-z0-9]", f"{key.release}-{key.architecture}")
    return f"{PURPOSE}{''.join(map(str.capitalize, words))}{digest[:8]}"


def application_output(key: ApplicationKey, environment: Environment) -> str:
    """Name under which the id of an application is published."""
    return f"{application_logical_id(key, environment)}Id"


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
    most = maximum_capacity(team)
    architecture = key.architecture.upper()
    properties = {
        "Name": f"{environment.prefix}-{key.team}-{PURPOSE.lower()}"[:64],
        "Type": "SPARK",
        "ReleaseLabel": key.release,
        "Architecture": architecture,
        "AutoStartConfiguration": {"Enabled": True},
        "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": team.idle_minutes},
        "MaximumCapacity": {
            "Cpu": f"{most.vcpu} vCPU",
            "Memory": f"{most.memory_gb} GB",
            "Disk": f"{most.disk_gb} GB",
        },
        "SchedulerConfiguration": {
            "MaxConcurrentRuns": team.concurrent_runs,
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
