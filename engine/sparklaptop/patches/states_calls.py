"""Step Functions' aws-sdk tasks: any service, names and answers as on AWS.

moto passes a state's PascalCase parameters to services that spell theirs otherwise, and answers
with bodies and dates that are not JSON. Each call also makes a new client, which takes longer than
the call.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import (
    StateCredentials,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask

from sparklaptop.clients import Clients
from sparklaptop.recase import recase
from sparklaptop.roles import trust
from sparklaptop.untyped import AwsClient, Json, MotoObject

_STATES = "states.amazonaws.com"
# How a state spells a service, in small letters -> how boto3 does.
_BOTO_NAMES = {
    "cloudwatchlogs": "logs",
    "emrserverless": "emr-serverless",
    "eventbridge": "events",
    "secretsmanager": "secretsmanager",
    "sfn": "stepfunctions",
    "states": "stepfunctions",
}
# How the errors of a service begin (seen in public state machines; `DynamoDb` for aws-sdk tasks).
_ERROR_NAMES = {
    "cloudwatchlogs": "CloudWatchLogs",
    "emrserverless": "EmrServerless",
    "eventbridge": "EventBridge",
    "glue": "Glue",
    "kafka": "Kafka",
    "s3": "S3",
    "scheduler": "Scheduler",
    "secretsmanager": "SecretsManager",
    "sns": "Sns",
    "sqs": "Sqs",
    "ssm": "Ssm",
}


@dataclass
class Session(StateCredentials):  # type: ignore[misc]
    """The role under which a state calls, and who took it.

    Args:
        role_arn: The machine's role, or the state's own.
        name: Name of the execution.
        machine: ARN of the machine.
    """

    name: str = "states"
    machine: str | None = None


def client_of(clients: Clients, service: str, region: str, who: MotoObject) -> AwsClient:
    """The client with which a state calls, if its role lets Step Functions take it.

    Raises:
        ClientError: The role does not trust Step Functions any more.
    """
    session = who if isinstance(who, Session) else Session(role_arn=str(who.role_arn))
    try:
        if session.machine:
            trust.check(session.role_arn, _STATES, source_arn=session.machine)
    except trust.NotTrustedError as error:
        said: Any = {"Error": {"Code": "AccessDeniedException", "Message": str(error)}}
        raise ClientError(said, "AssumeRole") from error
    return clients.get(service, region, validate=False, role=session.role_arn, session=session.name)


def call(
    clients: Clients,
    service: str,
    action: str,
    parameters: Json,
    *,
    region: str,
    who: MotoObject,
) -> MotoObject:
    """Call a service as a state does: parameters in, answer out, both in the state's spelling."""
    client = client_of(clients, service, region, who)
    operation = client.meta.service_model.operation_model(action[0].upper() + action[1:])
    wanted = recase(parameters, operation.input_shape, upper=False)
    answer = getattr(client, xform_name(operation.name))(**wanted) or {}
    answer.pop("ResponseMetadata", None)
    return recase(answer, operation.output_shape, upper=True)


def boto_name(name: str) -> str:
    """boto3's name of a service that a state names."""
    return _BOTO_NAMES.get(name.lower(), name)


def apply(clients: Clients) -> None:
    """Recase aws-sdk calls; give every integration our clients, under the machine's role."""
    credentials_of = StateTask._eval_state_credentials

    def eval_state_credentials(self: MotoObject, env: MotoObject) -> Session:
        context = env.states.context_object.context_object_data
        return Session(
            role_arn=str(credentials_of(self, env).role_arn),
            name=str(context["Execution"]["Name"]),
            machine=str(context["StateMachine"]["Id"]),
        )

    StateTask._eval_state_credentials = eval_state_credentials

    def boto_client_for(
        region: str, service: str, state_credentials: MotoObject = None
    ) -> MotoObject:
        return client_of(clients, service, region, state_credentials)

    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions") and "boto_client_for" in vars(module):
            vars(module)["boto_client_for"] = boto_client_for

    def evaluate(
        self: MotoObject,
        env: MotoObject,
        resource_runtime_part: MotoObject,
        normalised_parameters: dict[str, Any],
        state_credentials: MotoObject,
    ) -> None:
        service = boto_name(self.resource.api_name)
        action = self.resource.api_action
        region = resource_runtime_part.region
        answer = call(
            clients, service, action, normalised_parameters, region=region, who=state_credentials
        )
        env.stack.append(answer)

    def service_name(self: MotoObject, boto_service_name: str | None = None) -> str:
        return boto_name(boto_service_name or self.resource.api_name)

    def exception_name(service: str, error: ClientError) -> str:
        code = str(error.response["Error"].get("Code") or service)
        code = code.rsplit("#", 1)[-1]
        return f"{service}.{code if code.endswith('Exception') else code + 'Exception'}"

    sdk.StateTaskServiceAwsSdk._eval_service_task = evaluate
    sdk.StateTaskServiceAwsSdk._normalise_exception_name = staticmethod(exception_name)
    sdk._SERVICE_ERROR_NAMES.update(_ERROR_NAMES)
    StateTaskService._get_boto_service_name = service_name
