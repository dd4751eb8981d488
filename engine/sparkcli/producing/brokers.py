"""The brokers of whichever cloud, and the way in: IAM, by the caller's own credentials."""

import base64
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from kafka.net.sasl.oauth import AbstractTokenProvider

from sparkcli.cloud import Cloud, laptop_of
from sparkcli.errors import OperationError
from sparkcli.workspace import Workspace

SERVICE = "kafka-cluster"
TOKEN_SECONDS = 900  # as AWS's own signers say
CLIENT = "sparkrail"


@dataclass(frozen=True)
class Brokers:
    """How a client reaches the brokers.

    Args:
        addresses: host:port, with commas between.
        settings: Options of kafka-python's clients.
    """

    addresses: str
    settings: dict[str, Any]


def brokers(workspace: Workspace, cloud: Cloud) -> Brokers:
    """The brokers of the environment, asked of MSK; on the laptop this starts them.

    Raises:
        CallError: The environment has no Kafka.
        OperationError: It is not deployed, or MSK does not say where they are.
    """
    workspace.require_kafka()
    arn = cloud.output("kafka", "ClusterArn")
    addresses = cloud.kafka.get_bootstrap_brokers(ClusterArn=arn).get(
        "BootstrapBrokerStringSaslIam", ""
    )
    if not addresses:
        raise OperationError(f"MSK names no brokers of {arn}: the cluster is being made. Wait.")
    settings: dict[str, Any] = {
        "bootstrap_servers": addresses.split(","),
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "OAUTHBEARER",
        "sasl_oauth_token_provider": IamToken(cloud),
        "client_id": CLIENT,
    }
    if workspace.target.on_laptop:
        # A certificate of this computer's own; MSK has one that every computer trusts.
        settings["ssl_cafile"] = str(laptop_of(workspace).kafka_certificate)
    return Brokers(addresses, settings)


class IamToken(AbstractTokenProvider):  # type: ignore[misc]  # it has no types
    """A token for the mechanism OAUTHBEARER: a call of kafka-cluster:Connect, signed.

    It is what AWS's own signers send: the signed address, in base64 for addresses, with who made it
    added after the signature. (github.com/aws/aws-msk-iam-sasl-signer-python)

    Args:
        cloud: Whose credentials and Region.
    """

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self._cloud = cloud

    def token(self) -> str:
        """A token that is good for 15 minutes; each new connection asks for one."""
        region = self._cloud.environment.region
        url = f"https://kafka.{region}.amazonaws.com/?Action={SERVICE}%3AConnect"
        request = AWSRequest(method="GET", url=url)
        credentials = self._cloud.session.get_credentials()
        if credentials is None:
            raise OperationError("There are no AWS credentials to sign with: AWS_PROFILE=...")
        SigV4QueryAuth(
            credentials.get_frozen_credentials(), SERVICE, region, expires=TOKEN_SECONDS
        ).add_auth(request)
        signed = f"{request.url}&User-Agent={CLIENT}"
        return base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")
