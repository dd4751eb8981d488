"""The network of an environment, whichever it chose."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import Stack
from constructs import Construct

from sparkrail.names import Names
from sparkrail.network.imported import ImportedNetwork
from sparkrail.network.own import OwnNetwork
from sparkrail.outputs import publish


class Network(Construct):
    """Subnets and security group of the workers, made or imported, published for the jobs.

    Args:
        names: Of the environment; its configuration says which network.
        log_key_arn: Encrypts flow logs of an own network.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names, log_key_arn: str) -> None:
        super().__init__(scope, id_)
        if names.environment.network.mode == "own":
            own = OwnNetwork(self, "Own", names=names, log_key_arn=log_key_arn)
            subnets = {f"Subnet{index}Id": each for index, each in enumerate(own.subnet_ids)}
            publish(Stack.of(self), **subnets, WorkerSecurityGroupId=own.workers.group_id)
        else:
            imported = ImportedNetwork(self, "Imported", names=names)
            publish(Stack.of(self), WorkerSecurityGroupId=imported.workers.group_id)


def network_stacks(names: Names, make: Callable[[], Stack]) -> list[Stack]:
    """Make the network's stack, unless workers run in AWS's own network.

    Args:
        names: Of the environment.
        make: Makes the stack.
    """
    return [] if names.environment.network.mode == "none" else [make()]
