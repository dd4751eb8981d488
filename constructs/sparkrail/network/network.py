"""The network of an environment, whichever it chose."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import Stack
from constructs import Construct

from sparkrail.fragment import include
from sparkrail.names import Names
from sparkrail.network.groups import BROKERS, WORKERS
from sparkrail.network.imported import imported_network
from sparkrail.network.own import own_network
from sparkrail.references import attribute, reference


class Network(Construct):
    """Subnets and security groups of workers and brokers, made or imported.

    Args:
        names: Of the environment; its configuration says which network.
        log_key_arn: Encrypts flow logs of an own network.

    Attributes:
        published: What the jobs need of it, by name.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names, log_key_arn: str) -> None:
        super().__init__(scope, id_)
        own = names.environment.network.mode == "own"
        include(
            self,
            own_network(names, log_key_arn=log_key_arn) if own else imported_network(names),
        )
        zones = names.environment.network.availability_zones if own else ()
        subnets = {f"Subnet{zone}Id": reference(f"Subnet{zone}") for zone, _ in enumerate(zones)}
        groups = {"WorkerSecurityGroupId": attribute(WORKERS, "GroupId")}
        if names.environment.kafka.mode != "none":
            groups["BrokerSecurityGroupId"] = attribute(BROKERS, "GroupId")
        self.published = {**subnets, **groups}


def network_stacks(names: Names, make: Callable[[], Stack]) -> list[Stack]:
    """Make the network's stack, unless workers run in AWS's own network.

    Args:
        names: Of the environment.
        make: Makes the stack.
    """
    return [] if names.environment.network.mode == "none" else [make()]
