"""What must be true of a run's role before its driver starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparklaptop.roles import encryption, trust
from sparklaptop.roles.account import Account
from sparklaptop.roles.blame import WORD
from sparklaptop.roles.evaluation import Need
from sparklaptop.roles.judge import Judge
from sparklaptop.roles.keys import Caller

_SERVICE = "emr-serverless.amazonaws.com"
_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


class RoleRefusedError(Exception):
    """A role under which the run cannot start; its text says why."""


def check(
    judge: Judge, request: Mapping[str, Any], application: Mapping[str, Any], run: str
) -> None:
    """Refuse a role that does not trust EMR Serverless or may not use the key of the disks.

    Args:
        judge: Decides.
        request: StartJobRun in the API's spelling.
        application: Its application.
        run: Id of the run.

    Raises:
        RoleRefusedError: Says why.
    """
    role, source = str(request["executionRoleArn"]), str(application["arn"])
    try:
        trust.check(role, _SERVICE, source_arn=source)
    except trust.NotTrustedError as error:
        raise RoleRefusedError(f"{WORD}{error}") from error
    name = encryption.disk_key(request) or encryption.disk_key(
        {"configurationOverrides": application}
    )
    if name:
        _check_disks(judge, Caller(role, run), name, application)


def _check_disks(judge: Judge, who: Caller, name: str, application: Mapping[str, Any]) -> None:
    region, number = str(application["arn"]).split(":")[3:5]
    account = Account(number, region)
    key = account.key(name)
    if key is None:
        return
    context = {"kms:encryptioncontext:applicationid": str(application["applicationId"])}
    needs = [Need(action, str(key.arn), context) for action in _ACTIONS]
    for need, decision in judge.decide(account, who, needs):
        if not decision.allowed:
            raise RoleRefusedError(
                f"{WORD}{who.name} may not {need.action} on {need.resource} {decision.why}: the "
                "disks of the run cannot be encrypted."
            )
    if key.key_state != "Enabled":
        raise RoleRefusedError(f"{WORD}{key.arn} is {key.key_state}: it encrypts the run's disks.")
