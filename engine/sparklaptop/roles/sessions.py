"""STS: who takes a role gets a key that stands for it, and may ask who they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.keys import SECRET, Caller, issue
from sparklaptop.roles.missing import Pass
from sparklaptop.roles.refusals import StartResponse

_KEY = re.compile(rb"<AccessKeyId>[^<]*</AccessKeyId>")
_SECRET = re.compile(rb"<SecretAccessKey>[^<]*</SecretAccessKey>")
_ARN = re.compile(rb"<Arn>[^<]*</Arn>")


def answered(
    request: Request,
    who: Caller | None,
    pass_on: Pass,
    environ: dict[str, Any],
    start_response: StartResponse,
) -> Iterable[bytes]:
    """Answer an STS request that was allowed."""
    held: list[Any] = []
    body = b"".join(pass_on(environ, lambda *given: held.extend(given)))
    if str(held[0]).startswith("200"):
        if request.operation == "AssumeRole":
            given = request.parameters
            key = issue(given["RoleArn"], given["RoleSessionName"])
            body = _KEY.sub(f"<AccessKeyId>{key}</AccessKeyId>".encode(), body)
            secret = f"<SecretAccessKey>{SECRET}</SecretAccessKey>"
            body = _SECRET.sub(secret.encode(), body)
        elif request.operation == "GetCallerIdentity" and who:
            body = _ARN.sub(f"<Arn>{who.arn}</Arn>".encode(), body)
    kept = [pair for pair in held[1] if pair[0].lower() != "content-length"]
    start_response(held[0], [*kept, ("Content-Length", str(len(body)))])
    return [body]
