"""Security groups. Nothing is open to the world in either direction."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sparkrail.names import Names
from sparkrail.network.prefix_lists import prefix_lists

_HTTPS = 443
_NOWHERE = "127.0.0.1/32"
"""A group without an egress rule lets everything out; this rule lets out nothing."""


class WorkerGroup(Construct):
    """Security group of the workers: to each other, to S3 and DynamoDB, and where others let them.

    Args:
        vpc_id: The VPC.
        names: Of the environment.

    Attributes:
        group_id: Its id.

    Raises:
        ManifestError: The Region's prefix lists are not known.
    """

    def __init__(self, scope: Construct, id_: str, *, vpc_id: str, names: Names) -> None:
        super().__init__(scope, id_)
        lists = prefix_lists(names.environment)
        group = ec2.CfnSecurityGroup(
            self,
            "Resource",
            vpc_id=vpc_id,
            group_description=f"Spark workers of {names.prefix}",
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=_HTTPS,
                    to_port=_HTTPS,
                    destination_prefix_list_id=prefix_list,
                    description=f"{service} through its gateway endpoint",
                )
                for service, prefix_list in lists.items()
            ],
        )
        self.group_id = group.attr_group_id
        self._talk_to_each_other()

    def allow_to(self, group_id: str) -> None:
        """Let workers out to another security group, by HTTPS.

        Args:
            group_id: The other group.
        """
        ec2.CfnSecurityGroupEgress(
            self,
            "ToEndpoints",
            group_id=self.group_id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            destination_security_group_id=group_id,
            description="Interface endpoints",
        )

    def allow_endpoints_of_the_vpc(self, cidr: str) -> None:
        """Let workers out to interface endpoints that somebody else keeps, by HTTPS.

        Args:
            cidr: Addresses of the VPC.
        """
        ec2.CfnSecurityGroupEgress(
            self,
            "ToVpc",
            group_id=self.group_id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            cidr_ip=cidr,
            description="Interface endpoints of the VPC",
        )

    def _talk_to_each_other(self) -> None:
        """Let driver and executors talk on the ports that Spark chooses."""
        ports = {"ip_protocol": "tcp", "from_port": 1024, "to_port": 65535}
        ec2.CfnSecurityGroupIngress(
            self,
            "FromWorkers",
            group_id=self.group_id,
            source_security_group_id=self.group_id,
            description="Driver and executors",
            **ports,
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "ToWorkers",
            group_id=self.group_id,
            destination_security_group_id=self.group_id,
            description="Driver and executors",
            **ports,
        )


def endpoint_group(
    scope: Construct, id_: str, *, vpc_id: str, workers: WorkerGroup, names: Names
) -> str:
    """Make the security group of interface endpoints, which workers reach and which reaches nobody.

    Args:
        scope: What it belongs to.
        id_: Of the construct.
        vpc_id: The VPC.
        workers: Who may reach it.
        names: Of the environment.
    """
    group = ec2.CfnSecurityGroup(
        scope,
        id_,
        vpc_id=vpc_id,
        group_description=f"Interface endpoints of {names.prefix}",
        security_group_egress=[
            ec2.CfnSecurityGroup.EgressProperty(
                ip_protocol="-1", cidr_ip=_NOWHERE, description="Nowhere"
            )
        ],
    )
    ec2.CfnSecurityGroupIngress(
        scope,
        f"{id_}FromWorkers",
        group_id=group.attr_group_id,
        source_security_group_id=workers.group_id,
        ip_protocol="tcp",
        from_port=_HTTPS,
        to_port=_HTTPS,
        description="Spark workers",
    )
    workers.allow_to(group.attr_group_id)
    return group.attr_group_id
