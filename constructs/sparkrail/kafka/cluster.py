"""The Kafka cluster of an environment: MSK Serverless, reached by IAM from the workers' network."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import Stack
from constructs import Construct

from sparkrail.fragment import include, kept
from sparkrail.names import Names
from sparkrail.network.workers import Workers
from sparkrail.outputs import published
from sparkrail.references import attribute


class Cluster(Construct):
    """A serverless cluster that no deploy ever deletes, replaces or tags.

    Whatever is said of it is said when it is created: another name, subnet, security group or tag
    would be another cluster, without the records of this one. The new one is made before the old
    one goes, and its name is taken: so such a change fails, and the records stay. A tag would be
    such a change too, hence there are none, wherever `Tags.of` was called.
    (docs/adr/0021-kafka-cluster.md)

    Args:
        names: Of the environment.
        workers: Where workers run; the brokers are in the same subnets.

    Attributes:
        cluster_arn: Its ARN.
    """

    def __init__(self, scope: Construct, id_: str, *, names: Names, workers: Workers) -> None:
        super().__init__(scope, id_)
        self.cluster_arn = attribute(id_, "Arn")
        network = {
            "SubnetIds": list(workers.subnet_ids),
            "SecurityGroups": [published(names, "network", "BrokerSecurityGroupId")],
        }
        cluster = {
            "ClusterName": names.kafka,
            "ClientAuthentication": {"Sasl": {"Iam": {"Enabled": True}}},
            "VpcConfigs": [network],
        }
        included = include(self, {id_: kept("AWS::MSK::ServerlessCluster", cluster)})
        included.get_resource(id_).add_property_deletion_override("Tags")


def kafka_stacks(names: Names, make: Callable[[Workers], Stack]) -> list[Stack]:
    """Make the stack of the Kafka cluster, if the environment has one.

    Args:
        names: Of the environment.
        make: Makes the stack, where the workers run.
    """
    workers = Workers.of(names)
    if names.environment.kafka.mode == "none" or workers is None:
        return []
    return [make(workers)]


def cluster_arn(names: Names) -> str | None:
    """Refer to the cluster that the stack publishes; None where there is none.

    Args:
        names: Of the environment.
    """
    if names.environment.kafka.mode == "none":
        return None
    return published(names, "kafka", "ClusterArn")
