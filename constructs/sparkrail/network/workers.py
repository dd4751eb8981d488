"""Where the workers of applications get their addresses."""

from __future__ import annotations

from dataclasses import dataclass

from sparkrail.names import Names
from sparkrail.outputs import published


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Subnets and security group of the workers.

    Args:
        subnet_ids: In at least two zones.
        security_group_id: Lets them out to the services that they need and nowhere else.
    """

    subnet_ids: tuple[str, ...]
    security_group_id: str

    @classmethod
    def of(cls, names: Names) -> Workers | None:
        """Refer to what the network stack publishes; None where workers run in AWS's network.

        Args:
            names: Of the environment.
        """
        network = names.environment.network
        if network.mode == "none":
            return None
        group = published(names, "network", "WorkerSecurityGroupId")
        if network.mode == "imported":
            return cls(subnet_ids=network.subnet_ids, security_group_id=group)
        subnets = tuple(
            published(names, "network", f"Subnet{index}Id")
            for index, _ in enumerate(network.availability_zones)
        )
        return cls(subnet_ids=subnets, security_group_id=group)
