"""Ways from isolated subnets to AWS's services."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sparkrail.identity.endpoint_policies import account_only, spark_storage
from sparkrail.names import Names
from sparkrail.network.groups import WorkerGroup, endpoint_group

INTERFACES = ("glue", "kms", "logs", "monitoring", "secretsmanager", "sts")
"""What a job calls besides S3 and DynamoDB. (EMR Serverless guide, VPC access.)"""


class GatewayEndpoints(Construct):
    """S3 and DynamoDB, free of charge.

    Args:
        vpc_id: The VPC.
        route_table_ids: Route tables that lead there.
        names: Of the environment.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        vpc_id: str,
        route_table_ids: Sequence[str],
        names: Names,
    ) -> None:
        super().__init__(scope, id_)
        policies = {"s3": spark_storage(names), "dynamodb": account_only(names)}
        for service, policy in policies.items():
            ec2.CfnVPCEndpoint(
                self,
                service,
                vpc_id=vpc_id,
                vpc_endpoint_type="Gateway",
                service_name=_service_name(service, names),
                route_table_ids=list(route_table_ids),
                policy_document=policy,
            )


class InterfaceEndpoints(Construct):
    """The other services that jobs call, each with an address in every zone.

    Args:
        vpc_id: The VPC.
        subnet_ids: One per zone.
        workers: Who may reach them.
        names: Of the environment.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        vpc_id: str,
        subnet_ids: Sequence[str],
        workers: WorkerGroup,
        names: Names,
    ) -> None:
        super().__init__(scope, id_)
        group = endpoint_group(self, "Group", vpc_id=vpc_id, workers=workers, names=names)
        for service in INTERFACES:
            ec2.CfnVPCEndpoint(
                self,
                service,
                vpc_id=vpc_id,
                vpc_endpoint_type="Interface",
                service_name=_service_name(service, names),
                subnet_ids=list(subnet_ids),
                security_group_ids=[group],
                private_dns_enabled=True,
                policy_document=account_only(names),
            )


def _service_name(service: str, names: Names) -> str:
    return f"com.amazonaws.{names.environment.region}.{service}"
