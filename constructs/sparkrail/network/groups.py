"""Security groups. Nothing is open to the world in either direction."""

from __future__ import annotations

from sparkrail.fragment import Properties, Resource, Resources, resource
from sparkrail.names import Names
from sparkrail.network.prefix_lists import prefix_lists

WORKERS = "Workers"
ENDPOINTS = "Endpoints"
BROKERS = "Brokers"

_NOWHERE = {"IpProtocol": "-1", "CidrIp": "127.0.0.1/32", "Description": "Nowhere"}
"""A group without an egress rule lets everything out; this rule lets out nothing."""

_HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
_KAFKA = {"IpProtocol": "tcp", "FromPort": 9098, "ToPort": 9098}
"""The port on which brokers take clients with IAM, and the only one of MSK Serverless."""

_SPARK = {"IpProtocol": "tcp", "FromPort": 1024, "ToPort": 65535}
"""Driver and executors listen on ports that Spark chooses."""


def worker_group(vpc_id: object, *, names: Names) -> Resources:
    """Write the workers' group: out to each other, to S3 and to DynamoDB.

    Args:
        vpc_id: The VPC.
        names: Of the environment.

    Raises:
        ManifestError: The Region's prefix lists are not known.
    """
    gateways = [
        {
            **_HTTPS,
            "DestinationPrefixListId": prefix_list,
            "Description": f"{service} through its gateway endpoint",
        }
        for service, prefix_list in prefix_lists(names.environment).items()
    ]
    group = {
        "VpcId": vpc_id,
        "GroupDescription": f"Spark workers of {names.prefix}",
        "SecurityGroupEgress": gateways,
    }
    each_other = {**_SPARK, "Description": "Driver and executors"}
    return {
        WORKERS: resource("AWS::EC2::SecurityGroup", group),
        "WorkersFromWorkers": _ingress(WORKERS, WORKERS, each_other),
        "WorkersToWorkers": _egress(WORKERS, WORKERS, each_other),
    }


def endpoint_group(vpc_id: object, *, names: Names) -> Resources:
    """Write the group of interface endpoints, which workers reach and which reaches nobody.

    Args:
        vpc_id: The VPC.
        names: Of the environment.
    """
    group = {
        "VpcId": vpc_id,
        "GroupDescription": f"Interface endpoints of {names.prefix}",
        "SecurityGroupEgress": [_NOWHERE],
    }
    from_workers = {**_HTTPS, "Description": "Spark workers"}
    to_endpoints = {**_HTTPS, "Description": "Interface endpoints"}
    return {
        ENDPOINTS: resource("AWS::EC2::SecurityGroup", group),
        "EndpointsFromWorkers": _ingress(ENDPOINTS, WORKERS, from_workers),
        "WorkersToEndpoints": _egress(WORKERS, ENDPOINTS, to_endpoints),
    }


def broker_group(vpc_id: object, *, names: Names) -> Resources:
    """Write the brokers' group, which workers reach and which reaches nobody.

    It is here and not beside the cluster: a cluster's groups are those it was created with, and
    rules of their own can change without it.

    Args:
        vpc_id: The VPC.
        names: Of the environment; nothing is written where it has no Kafka cluster.
    """
    if names.environment.kafka.mode == "none":
        return {}
    group = {
        "VpcId": vpc_id,
        "GroupDescription": f"Kafka brokers of {names.prefix}",
        "SecurityGroupEgress": [_NOWHERE],
    }
    from_workers = {**_KAFKA, "Description": "Spark workers"}
    to_brokers = {**_KAFKA, "Description": "Kafka brokers"}
    return {
        BROKERS: resource("AWS::EC2::SecurityGroup", group),
        "BrokersFromWorkers": _ingress(BROKERS, WORKERS, from_workers),
        "WorkersToBrokers": _egress(WORKERS, BROKERS, to_brokers),
    }


def to_the_vpc(cidr: str) -> Resources:
    """Let workers out to interface endpoints that somebody else keeps.

    Args:
        cidr: Addresses of the VPC.
    """
    rule = {
        **_HTTPS,
        "GroupId": _id(WORKERS),
        "CidrIp": cidr,
        "Description": "Interface endpoints of the VPC",
    }
    return {"WorkersToVpc": resource("AWS::EC2::SecurityGroupEgress", rule)}


def _ingress(group: str, source: str, rule: Properties) -> Resource:
    ends = {"GroupId": _id(group), "SourceSecurityGroupId": _id(source)}
    return resource("AWS::EC2::SecurityGroupIngress", {**ends, **rule})


def _egress(group: str, destination: str, rule: Properties) -> Resource:
    ends = {"GroupId": _id(group), "DestinationSecurityGroupId": _id(destination)}
    return resource("AWS::EC2::SecurityGroupEgress", {**ends, **rule})


def _id(group: str) -> Properties:
    return {"Fn::GetAtt": [group, "GroupId"]}
