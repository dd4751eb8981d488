"""A VPC of isolated subnets: AWS's services are reached through endpoints, nothing else at all."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from sparkrail.fragment import Resource, Resources, resource
from sparkrail.names import Names
from sparkrail.network.endpoints import gateway_endpoints, interface_endpoints
from sparkrail.network.flow_logs import flow_logs
from sparkrail.network.groups import broker_group, worker_group

_SUBNET_SLOTS = 4
"""The VPC's addresses in as many parts, one per zone, so that zones can be added later."""


def own_network(names: Names, *, log_key_arn: str) -> Resources:
    """Write a VPC without internet gateway, NAT or Lambda, in the zones of the configuration.

    Args:
        names: Of the environment; its configuration gives addresses and zones.
        log_key_arn: Encrypts the flow logs.
    """
    network = names.environment.network
    zones = range(len(network.availability_zones))
    vpc_id = {"Ref": "Vpc"}
    vpc = {"CidrBlock": network.cidr, "EnableDnsHostnames": True, "EnableDnsSupport": True}
    return {
        "Vpc": resource("AWS::EC2::VPC", vpc),
        **dict(_subnets(names)),
        **worker_group(vpc_id, names=names),
        **broker_group(vpc_id, names=names),
        **gateway_endpoints(vpc_id, [{"Ref": f"Routes{zone}"} for zone in zones], names=names),
        **interface_endpoints(vpc_id, [{"Ref": f"Subnet{zone}"} for zone in zones], names=names),
        **flow_logs(vpc_id, key_arn=log_key_arn, names=names),
    }


def subnet_blocks(cidr: str, zones: int) -> list[str]:
    """Give each zone its part of the VPC's addresses.

    >>> subnet_blocks("10.0.0.0/16", 2)
    ['10.0.0.0/18', '10.0.64.0/18']
    """
    slots = max(_SUBNET_SLOTS, 1 << (zones - 1).bit_length())
    parts = ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=slots.bit_length() - 1)
    return [str(part) for part, _ in zip(parts, range(zones), strict=False)]


def _subnets(names: Names) -> Iterator[tuple[str, Resource]]:
    """One subnet per zone, with a route table that leads to the gateway endpoints only."""
    network = names.environment.network
    blocks = subnet_blocks(network.cidr, len(network.availability_zones))
    for index, zone in enumerate(network.availability_zones):
        subnet = {
            "VpcId": {"Ref": "Vpc"},
            "AvailabilityZone": zone,
            "CidrBlock": blocks[index],
            "MapPublicIpOnLaunch": False,
        }
        association = {"SubnetId": {"Ref": f"Subnet{index}"}, "RouteTableId": _ref("Routes", index)}
        yield f"Subnet{index}", resource("AWS::EC2::Subnet", subnet)
        yield f"Routes{index}", resource("AWS::EC2::RouteTable", {"VpcId": {"Ref": "Vpc"}})
        yield (
            f"SubnetRoutes{index}",
            resource("AWS::EC2::SubnetRouteTableAssociation", association),
        )


def _ref(name: str, index: int) -> dict[str, str]:
    return {"Ref": f"{name}{index}"}
