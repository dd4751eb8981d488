"""Ways from isolated subnets to AWS's services."""

from __future__ import annotations

from collections.abc import Sequence

from sparkrail.fragment import Properties, Resource, Resources, resource
from sparkrail.identity.endpoint_policies import account_only, spark_storage
from sparkrail.names import Names
from sparkrail.network.groups import ENDPOINTS, endpoint_group

INTERFACES = {
    "Glue": "glue",
    "Kms": "kms",
    "Logs": "logs",
    "Monitoring": "monitoring",
    "Secrets": "secretsmanager",
    "Sts": "sts",
}
"""What a job calls besides S3 and DynamoDB. (EMR Serverless guide, VPC access.)

Kafka needs none: brokers are inside the VPC, clients sign with the role's credentials and ask
nobody, and state machines ask where the brokers are."""


def gateway_endpoints(
    vpc_id: object, route_table_ids: Sequence[object], *, names: Names
) -> Resources:
    """Write the endpoints of S3 and DynamoDB, which cost nothing.

    Args:
        vpc_id: The VPC.
        route_table_ids: Route tables that lead there.
        names: Of the environment.
    """
    policies = {"s3": spark_storage(names), "dynamodb": account_only(names)}
    return {
        f"{service.capitalize()}Gateway": _endpoint(
            service,
            vpc_id,
            {
                "VpcEndpointType": "Gateway",
                "RouteTableIds": list(route_table_ids),
                "PolicyDocument": policy,
            },
            names=names,
        )
        for service, policy in policies.items()
    }


def interface_endpoints(vpc_id: object, subnet_ids: Sequence[object], *, names: Names) -> Resources:
    """Write the endpoints of the other services that jobs call, with an address in every zone.

    Args:
        vpc_id: The VPC.
        subnet_ids: One per zone.
        names: Of the environment.
    """
    settings = {
        "VpcEndpointType": "Interface",
        "SubnetIds": list(subnet_ids),
        "SecurityGroupIds": [{"Fn::GetAtt": [ENDPOINTS, "GroupId"]}],
        "PrivateDnsEnabled": True,
        "PolicyDocument": account_only(names),
    }
    endpoints = {
        f"{name}Endpoint": _endpoint(service, vpc_id, settings, names=names)
        for name, service in INTERFACES.items()
    }
    return {**endpoint_group(vpc_id, names=names), **endpoints}


def _endpoint(service: str, vpc_id: object, settings: Properties, *, names: Names) -> Resource:
    name = f"com.amazonaws.{names.environment.region}.{service}"
    properties = {"VpcId": vpc_id, "ServiceName": name, **settings}
    return resource("AWS::EC2::VPCEndpoint", properties)
