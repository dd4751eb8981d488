"""Where workers run, unless in AWS's own network."""

from aws_cdk import Stack
from constructs import Construct

from sparkrail.names import Names
from sparkrail.network.network import Network
from sparkrail.outputs import publish, published
from sparkrail.settings import stack_settings


class NetworkStack(Stack):
    """Subnets, endpoints and every security group."""

    def __init__(self, scope: Construct, *, names: Names) -> None:
        settings = stack_settings("network", "Subnets, endpoints, security groups", names=names)
        super().__init__(scope, "network", **settings)
        log_key = published(names, "base", "LogKeyArn")
        self.network = Network(self, "Network", names=names, log_key_arn=log_key)
        publish(self, **self.network.published)
