"""Decides for roles, with what the account holds at the moment, and remembers it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sparklaptop.roles.account import Account
from sparklaptop.roles.evaluation import Decision, Need, Policies, Principal, decide
from sparklaptop.roles.keys import Caller
from sparklaptop.roles.memory import Memory
from sparklaptop.roles.problems import PolicyError
from sparklaptop.untyped import MotoObject


class Judge:
    """Decides.

    Args:
        memory: Where decisions are remembered.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def decide(
        self, account: Account, who: Caller, needs: list[Need]
    ) -> Iterator[tuple[Need, Decision]]:
        """Decide each permission.

        Args:
            account: Where.
            who: Asks.
            needs: What for.
        """
        role = account.role(who.role)
        if role is None:
            # As a call with credentials of a role that was deleted.
            gone = Decision(allowed=False, why=f"because the role {who.name} does not exist")
            decided = [(need, gone) for need in needs]
        else:
            decided = list(_decisions(account, role, who, needs))
        for need, decision in decided:
            self.memory.note(who, need, decision)
        yield from decided

    def may(self, account: Account, who: Caller, need: Need) -> bool:
        """Decide a question that the service asks itself: a no is not held against the caller."""
        role = account.role(who.role)
        if role is None:
            return False
        _, decision = next(_decisions(account, role, who, [need]))
        if decision.allowed:
            self.memory.note(who, need, decision)
        return decision.allowed


def _decisions(
    account: Account, role: MotoObject, who: Caller, needs: list[Need]
) -> Iterator[tuple[Need, Decision]]:
    principal = Principal(account=account.number, role=who.role, session=who.arn)
    try:
        identity, boundary = account.identity_policies(role), account.boundary(role)
        context = _context(account, role, who)
    except PolicyError as error:
        yield from ((need, _unreadable(error)) for need in needs)
        return
    for need in needs:
        try:
            resource = account.resource_policy(need.resource)
            policies = Policies(identity=identity, boundary=boundary, resource=resource)
            yield need, decide(need, principal, policies, context)
        except PolicyError as error:
            yield need, _unreadable(error)


def _unreadable(error: PolicyError) -> Decision:
    return Decision(allowed=False, why=f"because the laptop cloud cannot evaluate {error}")


def _context(account: Account, role: MotoObject, who: Caller) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        **surroundings(account, now),
        "aws:principalaccount": account.number,
        "aws:principalarn": who.role,
        "aws:principalisawsservice": "false",
        "aws:principaltype": "AssumedRole",
        "aws:userid": f"{role.id}:{who.session}",
        "kms:calleraccount": account.number,
        **_tags(account.role_tags(role)),
    }


def surroundings(account: Account, now: datetime | None = None) -> dict[str, Any]:
    """Condition keys that every request has. On the laptop nothing travels: TLS counts as used."""
    return {
        "aws:currenttime": (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(time.time())),
        "aws:requestedregion": account.region,
        "aws:resourceaccount": account.number,
        "aws:securetransport": "true",
        "aws:sourceip": "127.0.0.1",
        "aws:viaawsservice": "false",
        "s3:resourceaccount": account.number,
        "s3:tlsversion": "1.3",
    }


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:principaltag/{name}".lower(): value for name, value in tags.items()}
