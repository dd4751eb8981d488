"""The boto3 clients of whichever cloud.

The laptop cloud speaks the same protocol on another address, so nothing else knows which it is.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sparkcli.errors import OperationError
from sparkcli.names import Names
from sparkcli.workspace import Workspace

if TYPE_CHECKING:
    import boto3
    from types_boto3_cloudformation.client import CloudFormationClient
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_emr_serverless.client import EMRServerlessClient
    from types_boto3_kafka.client import KafkaClient
    from types_boto3_logs.client import CloudWatchLogsClient
    from types_boto3_s3.client import S3Client
    from types_boto3_stepfunctions.client import SFNClient

    from sparklaptop import Laptop
    from sparkmodel import Environment

# The laptop cloud lets whoever has these do anything: they stand for the person at the keyboard.
LAPTOP_KEY = "laptop"


@dataclass(frozen=True)
class Cloud:
    """Clients of one account and Region.

    Args:
        environment: Whose account, Region and names.
        endpoint: Address of the laptop cloud. Default: AWS.
    """

    environment: "Environment"
    endpoint: str | None = None
    _outputs: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> Names:
        """The physical names in this environment."""
        return Names(self.environment)

    @property
    def poll_seconds(self) -> float:
        """How often to ask for news: often at home, rarely where calls are throttled."""
        return 0.25 if self.endpoint else 2.0

    @cached_property
    def session(self) -> "boto3.Session":
        """The session: dummy credentials on the laptop, the caller's own on AWS."""
        import boto3  # noqa: PLC0415

        key = LAPTOP_KEY if self.endpoint else None
        return boto3.Session(
            region_name=self.environment.region, aws_access_key_id=key, aws_secret_access_key=key
        )

    def _client(self, service: str) -> Any:  # noqa: ANN401  each property names its type
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            s3={"addressing_style": "path"} if self.endpoint else None,
            connect_timeout=5,
            retries={"max_attempts": 4, "mode": "standard"},
        )
        return self.session.client(service, endpoint_url=self.endpoint, config=config)

    @cached_property
    def s3(self) -> "S3Client":
        """S3."""
        client: S3Client = self._client("s3")
        return client

    @cached_property
    def states(self) -> "SFNClient":
        """Step Functions."""
        client: SFNClient = self._client("stepfunctions")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        client: CloudWatchLogsClient = self._client("logs")
        return client

    @cached_property
    def emr(self) -> "EMRServerlessClient":
        """EMR Serverless."""
        client: EMRServerlessClient = self._client("emr-serverless")
        return client

    @cached_property
    def kafka(self) -> "KafkaClient":
        """Managed Streaming for Apache Kafka."""
        client: KafkaClient = self._client("kafka")
        return client

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation."""
        client: CloudFormationClient = self._client("cloudformation")
        return client

    @cached_property
    def cloudwatch(self) -> Any:  # noqa: ANN401  its types are not among ours
        """CloudWatch."""
        return self._client("cloudwatch")

    @cached_property
    def events(self) -> Any:  # noqa: ANN401  its types are not among ours
        """EventBridge."""
        return self._client("events")

    @cached_property
    def caller_arn(self) -> str:
        """Who the credentials belong to."""
        return str(self._client("sts").get_caller_identity()["Arn"])

    def output(self, stack: str, name: str) -> str:
        """The output `name` of the environment's stack `<prefix>-<stack>`.

        Raises:
            OperationError: The stack is not deployed there, or an older version of it is.
        """
        if stack not in self._outputs:
            self._outputs[stack] = self._read_outputs(f"{self.environment.prefix}-{stack}")
        outputs = self._outputs[stack]
        if name not in outputs:
            raise OperationError(
                f"The stack {self.environment.prefix}-{stack} has no output {name}: "
                "what is deployed is of another version of sparkrail. Deploy it again.",
            )
        return outputs[name]

    def _read_outputs(self, stack: str) -> dict[str, str]:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            described = self.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                raise OperationError(self._not_deployed(stack)) from None
            raise
        return {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}

    def _not_deployed(self, stack: str) -> str:
        where = "in the laptop cloud" if self.endpoint else f"in {self.environment.account}"
        fix = "./sparkrail up" if self.endpoint else f"npx cdk deploy '{stack}*'"
        return f"The stack {stack} is not deployed {where}. Deploy it: {fix}"


def laptop_of(workspace: Workspace) -> "Laptop":
    """The laptop cloud of the workspace's environment, started or not."""
    from sparklaptop import Laptop  # noqa: PLC0415

    environment = workspace.environment
    return Laptop(workspace.laptop_state, account=environment.account, region=environment.region)


def connect(workspace: Workspace) -> Cloud:
    """The cloud that the workspace's target names.

    Raises:
        OperationError: The laptop cloud is not up, or the AWS credentials are of another account.
    """
    if not workspace.target.on_laptop:
        cloud = Cloud(workspace.environment)
        _check_account(cloud)
        return cloud
    status = laptop_of(workspace).status()
    if status is None:
        raise OperationError(
            f"The laptop cloud of {workspace.environment.name} is not up.",
            next_command=f"./sparkrail up{workspace.target.option}",
        )
    return Cloud(workspace.environment, endpoint=status.endpoint)


def _check_account(cloud: Cloud) -> None:
    identity = cloud._client("sts").get_caller_identity()
    if identity["Account"] != cloud.environment.account:
        raise OperationError(
            f"These credentials belong to account {identity['Account']}, but "
            f"config/{cloud.environment.name}.toml says {cloud.environment.account}. "
            "Choose another profile: AWS_PROFILE=... ./sparkrail ..."
        )
