"""A VPC that exists: its owner keeps subnets, routes and interface endpoints."""

from __future__ import annotations

from constructs import Construct

from sparkrail.names import Names
from sparkrail.network.endpoints import GatewayEndpoints
from sparkrail.network.groups import WorkerGroup


class ImportedNetwork(Construct):
    """Security group of the workers in a VPC that exists, and gateway endpoints on its routes.

    Args:
        names: Of the environment; its configuration names VPC, subnets and route tables. Without
            route tables no gateway endpoint is made.

    Attributes:
        workers: Security group of the workers.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names) -> None:
        super().__init__(scope, id_)
        network = names.environment.network
        vpc_id = str(network.vpc_id)
        self.workers = WorkerGroup(self, "Workers", vpc_id=vpc_id, names=names)
        self.workers.allow_endpoints_of_the_vpc(network.cidr)
        if network.route_table_ids:
            GatewayEndpoints(
                self,
                "Gateways",
                vpc_id=vpc_id,
                route_table_ids=list(network.route_table_ids),
                names=names,
            )
