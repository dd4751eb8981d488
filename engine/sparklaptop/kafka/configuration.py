"""What a node of the cluster is told: server.properties, as MSK Serverless fixes them.

(MSK developer guide, "Configuration properties for MSK Serverless clusters" and its quotas.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sparklaptop.ports import HOST

LARGEST_MESSAGE_BYTES = 8 * 1024**2
_MOST_COPIES = 3


@dataclass(frozen=True)
class Ports:
    """Ports of one node on 127.0.0.1.

    Args:
        plain: Without any check: the cluster's own, and tests'.
        controller: Between the nodes.
        iam: Under IAM: SASL_SSL.
    """

    plain: int
    controller: int
    iam: int


@dataclass(frozen=True, kw_only=True)
class Door:
    """How the listener under IAM asks the laptop cloud.

    Args:
        cloud: Address of the laptop cloud.
        cluster: ARN of the cluster.
        key_store: PKCS12 with the listener's key and certificate.
        password: Of the key store.
    """

    cloud: str
    cluster: str
    key_store: Path
    password: str


def properties(
    number: int, ports: Sequence[Ports], data: Path, door: Door | None
) -> Mapping[str, object]:
    """The settings of one node.

    Args:
        number: Which node, from 1.
        ports: Of all nodes.
        data: Where its logs are.
        door: Opens the listener under IAM. None: there is none.
    """
    own = ports[number - 1]
    copies = min(_MOST_COPIES, len(ports))
    voters = (f"{n}@{HOST}:{each.controller}" for n, each in enumerate(ports, 1))
    listeners = [f"PLAINTEXT://{HOST}:{own.plain}", f"CONTROLLER://{HOST}:{own.controller}"]
    settings: dict[str, object] = {
        "process.roles": "broker,controller",
        "node.id": number,
        "controller.quorum.voters": ",".join(voters),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": ("PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,IAM:SASL_SSL"),
        "log.dirs": data,
        **_copies(copies),
        **_of_serverless(),
        **_quick(),
        # Alone, it has nobody to hand its partitions to, and would wait for somebody.
        "controlled.shutdown.enable": str(len(ports) > 1).lower(),
    }
    if door:
        listeners.append(f"IAM://{HOST}:{own.iam}")
        settings |= _under_iam(door)
    settings["listeners"] = ",".join(listeners)
    return settings


def _copies(copies: int) -> dict[str, object]:
    in_sync = max(1, copies - 1)
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
    }


def _of_serverless() -> dict[str, object]:
    return {
        "auto.create.topics.enable": "false",
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
        "log.retention.hours": 168,
        "log.retention.bytes": 250 * 1024**3,
        "create.topic.policy.class.name": "sparkrail.ServerlessTopics",
        "alter.config.policy.class.name": "sparkrail.ServerlessTopics$Alter",
    }


def _quick() -> dict[str, object]:
    """Small, and back quickly: with Kafka's own session timeout a restart takes 12 s."""
    return {
        "broker.heartbeat.interval.ms": 300,
        "broker.session.timeout.ms": 1500,
        "controller.quorum.election.timeout.ms": 500,
        "controller.quorum.fetch.timeout.ms": 1000,
        "group.initial.rebalance.delay.ms": 0,
        "log.retention.check.interval.ms": 2000,
        "log.segment.delete.delay.ms": 500,
        "num.io.threads": 2,
        "num.network.threads": 2,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
    }


def _under_iam(door: Door) -> dict[str, object]:
    oauth = "listener.name.iam.oauthbearer.sasl"
    return {
        "sasl.enabled.mechanisms": "AWS_MSK_IAM,OAUTHBEARER",
        "listener.name.iam.aws_msk_iam.sasl.jaas.config": "sparkrail.IamLogin required;",
        f"{oauth}.jaas.config": (
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;"
        ),
        f"{oauth}.server.callback.handler.class": "sparkrail.TokenCheck",
        "connections.max.reauth.ms": 0,
        "ssl.keystore.location": door.key_store,
        "ssl.keystore.password": door.password,
        "ssl.keystore.type": "PKCS12",
        "authorizer.class.name": "sparkrail.IamAuthorizer",
        "sparkrail.cloud": door.cloud,
        "sparkrail.cluster": door.cluster,
    }
