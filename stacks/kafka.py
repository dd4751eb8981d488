"""The Kafka cluster. Stateful: no deploy ever deletes, replaces or tags it."""

from aws_cdk import Stack
from constructs import Construct

from sparkrail.kafka.cluster import Cluster
from sparkrail.names import Names
from sparkrail.network.workers import Workers
from sparkrail.outputs import publish
from sparkrail.settings import stack_settings


class KafkaStack(Stack):
    """The brokers of an environment, in a stack without tags: a stack's tags are its resources'."""

    def __init__(self, scope: Construct, *, names: Names, workers: Workers) -> None:
        settings = stack_settings("kafka", "The Kafka cluster", names=names, tagged=False)
        super().__init__(scope, "kafka", **settings)
        self.cluster = Cluster(self, "Cluster", names=names, workers=workers)
        publish(self, ClusterArn=self.cluster.cluster_arn)
