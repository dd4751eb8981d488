"""A VPC of isolated subnets: AWS's services are reached through endpoints, nothing else at all."""

from __future__ import annotations

import ipaddress

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sparkrail.names import Names
from sparkrail.network.endpoints import GatewayEndpoints, InterfaceEndpoints
from sparkrail.network.flow_logs import FlowLogs
from sparkrail.network.groups import WorkerGroup

_SUBNET_SLOTS = 4
"""The VPC's addresses in as many parts, one per zone, so that zones can be added later."""


class OwnNetwork(Construct):
    """A VPC without internet gateway, NAT or Lambda, in the zones that the configuration names.

    Args:
        names: Of the environment; its configuration gives addresses and zones.
        log_key_arn: Encrypts the flow logs.

    Attributes:
        subnet_ids: One per zone.
        workers: Security group of the workers.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names, log_key_arn: str) -> None:
        super().__init__(scope, id_)
        network = names.environment.network
        vpc = ec2.CfnVPC(
            self,
            "Vpc",
            cidr_block=network.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
        )
        blocks = subnet_blocks(network.cidr, len(network.availability_zones))
        zones = zip(network.availability_zones, blocks, strict=True)
        subnets = [_Subnet(self, zone, vpc=vpc, zone=zone, block=block) for zone, block in zones]
        self.subnet_ids = [subnet.subnet_id for subnet in subnets]
        self.workers = WorkerGroup(self, "Workers", vpc_id=vpc.ref, names=names)
        GatewayEndpoints(
            self,
            "Gateways",
            vpc_id=vpc.ref,
            route_table_ids=[subnet.route_table_id for subnet in subnets],
            names=names,
        )
        InterfaceEndpoints(
            self,
            "Interfaces",
            vpc_id=vpc.ref,
            subnet_ids=self.subnet_ids,
            workers=self.workers,
            names=names,
        )
        FlowLogs(self, "FlowLogs", vpc_id=vpc.ref, key_arn=log_key_arn, names=names)


class _Subnet(Construct):
    def __init__(
        self, scope: Construct, id_: str, *, vpc: ec2.CfnVPC, zone: str, block: str
    ) -> None:
        super().__init__(scope, id_)
        subnet = ec2.CfnSubnet(
            self,
            "Subnet",
            vpc_id=vpc.ref,
            availability_zone=zone,
            cidr_block=block,
            map_public_ip_on_launch=False,
        )
        table = ec2.CfnRouteTable(self, "RouteTable", vpc_id=vpc.ref)
        ec2.CfnSubnetRouteTableAssociation(
            self, "Routes", subnet_id=subnet.ref, route_table_id=table.ref
        )
        self.subnet_id = subnet.ref
        self.route_table_id = table.ref


def subnet_blocks(cidr: str, zones: int) -> list[str]:
    """Give each zone its part of the VPC's addresses.

    >>> subnet_blocks("10.0.0.0/16", 2)
    ['10.0.0.0/18', '10.0.64.0/18']
    """
    slots = max(_SUBNET_SLOTS, 1 << (zones - 1).bit_length())
    network = ipaddress.IPv4Network(cidr)
    parts = network.subnets(prefixlen_diff=slots.bit_length() - 1)
    return [str(part) for part, _ in zip(parts, range(zones), strict=False)]
