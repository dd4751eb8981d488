"""May a principal do this? IAM's evaluation logic within one account, as a pure function.

(IAM user guide, "Policy evaluation logic"; KMS developer guide, "Key policies".)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sparklaptop.roles.patterns import Context
from sparklaptop.roles.policies import Policy, Statement

# Here the resource's own policy decides whether IAM policies count at all.
_TRUSTING = ("kms:", "sts:AssumeRole")


@dataclass(frozen=True)
class Need:
    """A permission that a request needs.

    Args:
        action: Such as `s3:GetObject`.
        resource: Its ARN, or `*` where the action has no resource.
        context: Condition keys that only this action has, in small letters.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Principal:
    """Who asks: a session of a role, or a service.

    Args:
        account: Its account.
        role: ARN of the role. Default: none, it is a service.
        session: ARN of the role's session.
        service: Such as `events.amazonaws.com`.
    """

    account: str
    role: str = ""
    session: str = ""
    service: str = ""


@dataclass(frozen=True)
class Policies:
    """What has a say.

    Args:
        identity: Of the role.
        boundary: The role's permissions boundary. Default: none.
        resource: Of the resource. Default: none.
    """

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    resource: Policy | None = None


@dataclass(frozen=True)
class Decision:
    """What was decided.

    Args:
        allowed: Whether it may.
        why: Why not, as AWS words it after the resource's name.
        by: Name of the policy and Sid of each statement that allowed it.
    """

    allowed: bool
    why: str = ""
    by: tuple[tuple[str, str], ...] = ()


def decide(need: Need, principal: Principal, policies: Policies, context: Context) -> Decision:
    """Decide one permission.

    Args:
        need: What is asked for.
        principal: Who asks.
        policies: What has a say.
        context: Condition keys of the request, in small letters.
    """
    here = {**context, **need.context}
    kinds = (
        ("an identity-based policy", [*_applying(policies.identity, need, here)]),
        ("a permissions boundary", [*_applying(_some(policies.boundary), need, here)]),
        ("a resource-based policy", [*_granting(policies.resource, need, here, principal)]),
    )
    for kind, found in kinds:
        if any(not statement.allows for _, statement, _ in found):
            return Decision(allowed=False, why=f"with an explicit deny in {kind}")
    identity, boundary, resource = ([*found] for _, found in kinds)
    return _weigh(need, policies, identity, boundary, resource)


_Found = tuple[str, Statement, str]


def _weigh(
    need: Need,
    policies: Policies,
    identity: list[_Found],
    boundary: list[_Found],
    resource: list[_Found],
) -> Decision:
    direct = [each for each in resource if each[2] != "account"]
    within = policies.boundary is None or bool(boundary)
    if direct and (within or any(each[2] == "session" for each in direct)):
        return Decision(allowed=True, by=_names([*direct, *identity]))
    if need.action.startswith(_TRUSTING) and not resource:
        return _no("no resource-based policy", need)
    if not identity and not direct:
        return _no("no identity-based policy", need)
    if not within:
        return _no("no permissions boundary", need)
    return Decision(allowed=True, by=_names([*identity, *resource]))


def _no(what: str, need: Need) -> Decision:
    return Decision(allowed=False, why=f"because {what} allows the {need.action} action")


def _names(found: Sequence[_Found]) -> tuple[tuple[str, str], ...]:
    return tuple((policy, statement.sid) for policy, statement, _ in found)


def _some(policy: Policy | None) -> Sequence[Policy]:
    return () if policy is None else (policy,)


def _applying(policies: Sequence[Policy], need: Need, context: Context) -> Iterator[_Found]:
    for policy in policies:
        for statement in policy.statements:
            if statement.applies(need.action, need.resource, context):
                yield policy.name, statement, ""


def _granting(
    policy: Policy | None, need: Need, context: Context, principal: Principal
) -> Iterator[_Found]:
    for name, statement, _ in _applying(_some(policy), need, context):
        if how := _named(statement, principal):
            yield name, statement, how


def _named(statement: Statement, principal: Principal) -> str:
    """How a statement names the principal: by session, role, account, or not."""
    if principal.service:
        services = statement.principals.get("Service", ())
        everyone = not statement.allows and "*" in statement.principals.get("AWS", ())
        return "service" if principal.service in services or everyone else ""
    names = statement.principals.get("AWS", ())
    if "*" in names or principal.session in names:
        return "session"
    if principal.role in names:
        return "role"
    partition = principal.role.split(":")[1]
    root = f"arn:{partition}:iam::{principal.account}:root"
    return "account" if root in names or principal.account in names else ""
