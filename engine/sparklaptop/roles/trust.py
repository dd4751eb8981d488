"""May a service take a role? Its trust policy says."""

from __future__ import annotations

from sparklaptop.roles.account import Account
from sparklaptop.roles.evaluation import Need, Policies, Principal, decide
from sparklaptop.roles.judge import surroundings

_WORDS = {
    "emr-serverless.amazonaws.com": (
        "Could not assume runtime role {role} because it does not exist or isn't setup with the "
        "required trust relationship."
    ),
    "scheduler.amazonaws.com": (
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    ),
    "states.amazonaws.com": (
        "Neither the global service principal states.amazonaws.com, nor the regional one is "
        "authorized to assume the provided role."
    ),
}
_OTHER_WORDS = "{service} is not authorized to assume role {role}."


class NotTrustedError(Exception):
    """A role that is not there, or does not trust the service for that resource.

    Its text is what AWS says.
    """


def check(role_arn: str, service: str, *, source_arn: str) -> None:
    """Refuse a role that does not trust a service.

    Args:
        role_arn: The role.
        service: Such as `scheduler.amazonaws.com`.
        source_arn: For whom the service acts: an application, a machine, a schedule group, a rule.

    Raises:
        NotTrustedError: Says so in AWS's words.
    """
    region, number = source_arn.split(":")[3:5]
    if not trusts(Account(number, region), role_arn, service, source_arn):
        words = _WORDS.get(service, _OTHER_WORDS)
        raise NotTrustedError(words.format(role=role_arn, service=service))


def trusts(account: Account, role_arn: str, service: str, source_arn: str) -> bool:
    """Whether a role trusts a service for a resource."""
    role = account.role(role_arn)
    if role is None:
        return False
    need = Need("sts:AssumeRole", role_arn)
    principal = Principal(account=account.number, service=service)
    policies = Policies(resource=account.trust(role))
    return decide(need, principal, policies, as_service(account, service, source_arn)).allowed


def as_service(account: Account, service: str, source_arn: str) -> dict[str, str]:
    """Condition keys of a call that a service makes by itself."""
    return {
        **surroundings(account),
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
        "aws:sourceaccount": account.number,
        "aws:sourcearn": source_arn,
    }
