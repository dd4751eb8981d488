"""Policies and roles are looked at when they are given, by whomever: a mistake is heard at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sparklaptop.roles import trust
from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.policies import parse
from sparklaptop.roles.problems import PolicyError
from sparklaptop.roles.refusals import Refusal

# Parameters that hold policy documents.
_DOCUMENTS = ("AssumeRolePolicyDocument", "Policy", "PolicyDocument", "ResourcePolicy")
_CODES = {"iam": "MalformedPolicyDocument", "kms": "MalformedPolicyDocumentException"}
_TAKEN = {
    "scheduler": ("scheduler.amazonaws.com", "ValidationException"),
    "states": ("states.amazonaws.com", "AccessDeniedException"),
}
_SERVICES = {"iam", "kms", "secretsmanager", "sts", *_TAKEN}


def concerns(environ: Mapping[str, Any], service: str) -> bool:
    """Whether a request of a person is worth reading."""
    return service in _SERVICES and environ["REQUEST_METHOD"] != "GET"


def refusal(request: Request, account: Account) -> Refusal | None:
    """Why a policy or role is not taken; None if nothing is wrong."""
    if request.service in ("iam", "kms", "secretsmanager"):
        return _of_policies(request)
    return _of_role(request, account)


def _of_policies(request: Request) -> Refusal | None:
    for name in _DOCUMENTS:
        document = request.parameters.get(name)
        if isinstance(document, str) and document.lstrip().startswith("{"):
            try:
                parse(f"{name} of {request.operation}", document)
            except PolicyError as error:
                code = _CODES.get(request.service, "InvalidParameterException")
                return Refusal(code, str(error), 400)
    return None


def _of_role(request: Request, account: Account) -> Refusal | None:
    for role, source in _taken(request, account):
        service, code = _TAKEN[request.service]
        try:
            trust.check(role, service, source_arn=source)
        except (trust.NotTrustedError, PolicyError) as error:
            return Refusal(code, str(error), 400)
    return None


def _taken(request: Request, account: Account) -> Iterator[tuple[str, str]]:
    """Roles that a service is to take, and for whom."""
    given, operation = request.parameters, request.operation
    if operation == "CreateStateMachine":
        yield given["roleArn"], account.arn("states", f"stateMachine:{given['name']}")
    elif operation == "UpdateStateMachine" and given.get("roleArn"):
        yield given["roleArn"], given["stateMachineArn"]
    elif operation in ("CreateSchedule", "UpdateSchedule"):
        group = given.get("GroupName", "default")
        yield given["Target"]["RoleArn"], account.arn("scheduler", f"schedule-group/{group}")
