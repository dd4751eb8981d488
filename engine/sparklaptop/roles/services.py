"""Calls that a service makes by itself, without a role: the resource's own policy decides."""

from __future__ import annotations

from sparklaptop.roles.account import Account
from sparklaptop.roles.evaluation import Need, Policies, Principal, decide
from sparklaptop.roles.problems import PolicyError
from sparklaptop.roles.trust import as_service

_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


class RefusedError(Exception):
    """The resource, or its key, does not let the service in."""


def check(service: str, action: str, resource_arn: str, *, source_arn: str) -> None:
    """Refuse what a queue or a topic does not let a service do.

    One that is not there refuses nothing: the call itself says so.

    Args:
        service: Such as `events.amazonaws.com`.
        action: Such as `sqs:SendMessage`.
        resource_arn: The queue or the topic.
        source_arn: For whom the service acts, such as a rule.

    Raises:
        RefusedError: Names service, action and resource.
    """
    region, number = source_arn.split(":")[3:5]
    account = Account(number, region)
    kind, name = resource_arn.split(":")[2::3]
    resource = account.topic(resource_arn) if kind == "sns" else account.queue(name)
    if resource is None:
        return
    _decide(account, service, Need(action, resource_arn), source_arn)
    key = account.key(resource.kms_master_key_id) if resource.kms_master_key_id else None
    if key is None:
        return
    for each in _KEY_ACTIONS:
        _decide(account, service, Need(each, str(key.arn)), source_arn)
    if key.key_state != "Enabled":
        raise RefusedError(f"{key.arn} is {key.key_state}: {service} cannot reach {resource_arn}")


def _decide(account: Account, service: str, need: Need, source_arn: str) -> None:
    principal = Principal(account=account.number, service=service)
    try:
        policies = Policies(resource=account.resource_policy(need.resource))
    except PolicyError as error:
        raise RefusedError(str(error)) from error
    decision = decide(need, principal, policies, as_service(account, service, source_arn))
    if not decision.allowed:
        why = decision.why if "explicit deny" in decision.why else "its policy does not allow it"
        raise RefusedError(f"{service} may not {need.action} on {need.resource}: {why}")
