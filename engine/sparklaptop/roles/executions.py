"""An encrypted execution is written and read with the key of its machine, under its role.

(Step Functions guide, data at rest encryption.)
"""

from __future__ import annotations

from sparklaptop.roles import encryption, refusals
from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need
from sparklaptop.roles.judge import Judge
from sparklaptop.roles.keys import Caller
from sparklaptop.roles.refusals import Refusal

_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_CODE = "KmsAccessDeniedException"


def refusal(request: Request, account: Account, judge: Judge) -> Refusal | None:
    """Why an execution of an encrypted machine cannot be started; None if it can."""
    arn = request.parameters.get("stateMachineArn")
    if request.service != "states" or request.operation != "StartExecution" or not arn:
        return None
    machine = account.machine(arn)
    key = encryption.machine_key(account, arn)
    if machine is None or key is None:
        return None
    who = Caller(str(machine.roleArn), str(request.parameters.get("name") or "execution"))
    context = {"kms:encryptioncontext:aws:states:statemachinearn": arn}
    needs = [Need(action, str(key.arn), context) for action in _ACTIONS]
    for need, decision in judge.decide(account, who, needs):
        if not decision.allowed:
            return Refusal(_CODE, refusals.words(request, who, need, decision), 400)
    return refusals.unusable(request, key) if key.key_state != "Enabled" else None
