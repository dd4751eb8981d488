"""What tests of brokers share: a template, roles, clients."""

import base64

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from kafka.net.sasl.oauth import AbstractTokenProvider
from laptop_assemblies import REGION, att, template
from laptop_roles import allow


def cluster_template(name="orders"):
    """A stack with a cluster, as the platform writes it."""
    properties = {
        "ClusterName": name,
        "ClientAuthentication": {"Sasl": {"Iam": {"Enabled": True}}},
        "VpcConfigs": [{"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroups": ["sg-1"]}],
    }
    made = {"Cluster": {"Type": "AWS::MSK::ServerlessCluster", "Properties": properties}}
    return template(made, ClusterArn=att("Cluster", "Arn"))


def ssl_settings(laptop, brokers, key, secret, **more):
    """Options of kafka-python, with a token as AWS's signers make it."""
    return {
        "bootstrap_servers": brokers.split(","),
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "OAUTHBEARER",
        "sasl_oauth_token_provider": Token(key, secret),
        "ssl_cafile": str(laptop.kafka_certificate),
        **more,
    }


def consumer(cluster, *left_out, topic="sales"):
    """Statements of what reads a topic, less some actions."""
    name, identity = cluster.split("/")[1:]
    place = cluster.split(":cluster/")[0]
    topics, groups = (f"{place}:{kind}/{name}/{identity}" for kind in ("topic", "group"))
    wanted = {
        "Connect": cluster,
        "DescribeTopic": f"{topics}/{topic}",
        "DescribeTopicDynamicConfiguration": f"{topics}/{topic}",
        "ReadData": f"{topics}/{topic}",
        "DescribeGroup": f"{groups}/sales*",
        "AlterGroup": f"{groups}/sales*",
    }
    return [
        allow([f"kafka-cluster:{action}"], resource)
        for action, resource in wanted.items()
        if action not in left_out
    ]


class Token(AbstractTokenProvider):
    """Signs kafka-cluster:Connect."""

    def __init__(self, key, secret, expires=900):
        super().__init__()
        self._credentials = Credentials(key, secret)
        self._expires = expires

    def token(self):
        """The signed URL in base64."""
        url = f"https://kafka.{REGION}.amazonaws.com/?Action=kafka-cluster%3AConnect"
        request = AWSRequest(method="GET", url=url)
        SigV4QueryAuth(self._credentials, "kafka-cluster", REGION, expires=self._expires).add_auth(
            request
        )
        signed = f"{request.url}&User-Agent=tests"
        return base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")
