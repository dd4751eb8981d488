"""From a request to the permissions that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sparklaptop.roles import encryption
from sparklaptop.roles.account import Account
from sparklaptop.roles.calls import dynamodb, glue, messages, others, s3, workflows
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need

Tags = Callable[[str, str], Mapping[str, str]]
"""Region and id of an EMR Serverless application -> its tags."""

_SERVICES: Mapping[str, Callable[[Request, Account], list[Need]]] = {
    "dynamodb": dynamodb.needs,
    "events": messages.events,
    "glue": glue.needs,
    "kms": others.kms,
    "logs": others.logs,
    "monitoring": others.cloudwatch,
    "s3": s3.needs,
    "scheduler": workflows.scheduler,
    "secretsmanager": others.secretsmanager,
    "sns": messages.sns,
    "sqs": messages.sqs,
    "states": workflows.states,
    "sts": others.sts,
}
# How IAM calls a service that signs otherwise.
_PREFIXES = {"email": "ses", "tagging": "tag"}


def needs_of(request: Request, account: Account, tags: Tags) -> list[Need]:
    """Which permissions a request needs, those on keys included.

    A service that is not known needs its action on `*`: that is evaluated like everything else.

    Args:
        request: The request.
        account: Where.
        tags: Of EMR Serverless applications.
    """
    if request.service == "emr-serverless":
        found = workflows.emr_serverless(request, account, tags)
    elif ask := _SERVICES.get(request.service):
        found = ask(request, account)
    else:
        prefix = _PREFIXES.get(request.service, request.service)
        found = [Need(f"{prefix}:{request.operation}", "*")]
    return found + (encryption.needs(request, found, account) if found else [])
