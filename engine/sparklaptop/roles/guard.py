"""Every request under a role is held against its policies before the cloud sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sparklaptop.roles import creation, deletes, executions, missing, pages, refusals, sessions
from sparklaptop.roles.account import Account
from sparklaptop.roles.calls import s3
from sparklaptop.roles.calls.needs import Tags, needs_of
from sparklaptop.roles.calls.request import Request, Signature, read, signature
from sparklaptop.roles.encryption import via
from sparklaptop.roles.evaluation import Decision, Need
from sparklaptop.roles.judge import Judge
from sparklaptop.roles.keys import Caller, caller, is_forgotten
from sparklaptop.roles.refusals import Refusal, StartResponse
from sparklaptop.untyped import MotoObject

_USABLE = "Enabled"


class Guard:
    """WSGI: lets through what the caller's role may do; a person may do everything.

    Args:
        cloud: What answers the rest.
        number: The account.
        judge: Decides and remembers.
        tags: Of EMR Serverless applications.
    """

    def __init__(self, cloud: MotoObject, *, number: str, judge: Judge, tags: Tags) -> None:
        self._cloud = cloud
        self._number = number
        self._judge = judge
        self._tags = tags

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"].startswith(pages.PREFIX):
            page = pages.page(environ, self._judge.memory, Account(self._number, ""))
            return page(start_response) if page else self._pass(environ, start_response)
        signed = signature(environ)
        who = caller(signed.access_key) if signed else None
        if signed and (who or is_forgotten(signed.access_key)):
            return self._role(environ, start_response, signed, who)
        return self._person(environ, start_response, signed)

    def _pass(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._cloud(environ, start_response)
        return answer

    def _person(
        self, environ: dict[str, Any], start_response: StartResponse, signed: Signature | None
    ) -> Iterable[bytes]:
        if signed and creation.concerns(environ, signed.service):
            request, account = read(environ, signed.service), self._account(signed)
            refusal = creation.refusal(request, account)
            if refusal := refusal or executions.refusal(request, account, self._judge):
                return refusals.answer(request, refusal, start_response)
            if request.service == "sts":
                return sessions.answered(request, None, self._pass, environ, start_response)
        return self._pass(environ, start_response)

    def _account(self, signed: Signature) -> Account:
        return Account(self._number, signed.region)

    def _role(
        self,
        environ: dict[str, Any],
        start_response: StartResponse,
        signed: Signature,
        who: Caller | None,
    ) -> Iterable[bytes]:
        request = read(environ, signed.service)
        if who is None:
            return refusals.answer(request, refusals.expired(request), start_response)
        account = self._account(signed)
        needed = needs_of(request, account, self._tags)
        if s3.is_delete_objects(request) and request.service == "s3":
            return self._delete(environ, start_response, account, who, needed)
        refusal = self._refusal(request, account, who, needed)
        refusal = refusal or creation.refusal(request, account)
        refusal = refusal or executions.refusal(request, account, self._judge)
        if refusal:
            return refusals.answer(request, refusal, start_response)
        if request.service == "sts":
            return sessions.answered(request, who, self._pass, environ, start_response)
        if missing.could_be(request, needed):
            may_list = self._judge.may(account, who, missing.question(needed[0]))
            if not may_list:
                return missing.hidden(request, who, self._pass, environ, start_response)
        return self._pass(environ, start_response)

    def _refusal(
        self, request: Request, account: Account, who: Caller, needed: list[Need]
    ) -> Refusal | None:
        for need, decision in self._judge.decide(account, who, needed):
            if not decision.allowed:
                return refusals.denied(request, who, need, decision)
            if via(need):
                key = account.key(need.resource)
                if key.key_state != _USABLE:
                    off = Decision(allowed=False, why=f"because the key is {key.key_state}")
                    self._judge.memory.note(who, need, off)
                    return refusals.unusable(request, key)
        return None

    def _delete(
        self,
        environ: dict[str, Any],
        start_response: StartResponse,
        account: Account,
        who: Caller,
        needed: list[Need],
    ) -> Iterable[bytes]:
        decided = list(self._judge.decide(account, who, needed))
        refused = [number for number, (_, each) in enumerate(decided) if not each.allowed]
        return deletes.answered(refused, self._pass, environ, start_response)
