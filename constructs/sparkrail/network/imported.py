"""A VPC that exists: its owner keeps subnets, routes and interface endpoints."""

from __future__ import annotations

from sparkrail.fragment import Resources
from sparkrail.names import Names
from sparkrail.network.endpoints import gateway_endpoints
from sparkrail.network.groups import broker_group, to_the_vpc, worker_group


def imported_network(names: Names) -> Resources:
    """Write the workers' security group in a VPC that exists, and gateway endpoints on its routes.

    Args:
        names: Of the environment; its configuration names VPC, subnets and route tables. Without
            route tables no gateway endpoint is made.
    """
    network = names.environment.network
    vpc_id = str(network.vpc_id)
    routes = list(network.route_table_ids)
    return {
        **worker_group(vpc_id, names=names),
        **broker_group(vpc_id, names=names),
        **to_the_vpc(network.cidr),
        **(gateway_endpoints(vpc_id, routes, names=names) if routes else {}),
    }
