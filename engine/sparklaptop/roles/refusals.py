"""A refusal as AWS words and wraps it, protocol by protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from sparklaptop.roles import encryption
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Decision, Need
from sparklaptop.roles.keys import Caller
from sparklaptop.untyped import MotoObject

StartResponse = Callable[[str, list[tuple[str, str]]], object]
_ID = "laptop"
# Where a service has a name of its own for trouble with a key: refused, disabled, to be deleted.
_KEY_CODES = {
    "s3": ("AccessDenied", "KMS.DisabledException", "KMS.KMSInvalidStateException"),
    "sns": ("KMSAccessDenied", "KMSDisabled", "KMSInvalidState"),
    "sqs": ("KmsAccessDenied", "KmsDisabled", "KmsInvalidState"),
    "states": (
        "KmsAccessDeniedException",
        "KmsInvalidStateException",
        "KmsInvalidStateException",
    ),
}
_OTHER_CODES = ("AccessDeniedException", "AccessDeniedException", "AccessDeniedException")
_STATE_WORDS = {"Disabled": "is disabled.", "PendingDeletion": "is pending deletion."}


@dataclass(frozen=True)
class Refusal:
    """What is answered instead.

    Args:
        code: As AWS calls it.
        message: For people.
        status: Of HTTP. Default: as the protocol has it for a refusal.
    """

    code: str
    message: str
    status: int | None = None


def words(request: Request, who: Caller, need: Need, decision: Decision) -> str:
    """A missing permission in the words of AWS."""
    resource = f'"{need.resource}"' if request.service == "s3" else need.resource
    return (
        f"User: {who.arn} is not authorized to perform: {need.action} on resource: {resource} "
        f"{decision.why}"
    )


def denied(request: Request, who: Caller, need: Need, decision: Decision) -> Refusal:
    """A permission that is missing."""
    message = words(request, who, need, decision)
    if encryption.via(need):
        return Refusal(_KEY_CODES.get(request.service, _OTHER_CODES)[0], message)
    return Refusal(_code(request), message)


def unusable(request: Request, key: MotoObject) -> Refusal:
    """A key that is disabled or about to be deleted."""
    codes = _KEY_CODES.get(request.service, _OTHER_CODES)
    code = codes[1] if key.key_state == "Disabled" else codes[2]
    return Refusal(code, f"{key.arn} {_STATE_WORDS.get(key.key_state, key.key_state)}", 400)


def expired(request: Request) -> Refusal:
    """An access key of a session that this server does not know."""
    code = "InvalidAccessKeyId" if request.service == "s3" else "UnrecognizedClientException"
    return Refusal(code, "The security token included in the request is invalid.", 403)


def _code(request: Request) -> str:
    if request.service == "sns":
        return "AuthorizationError"
    short = request.protocol in ("rest-xml", "query")
    return "AccessDenied" if short else "AccessDeniedException"


def answer(request: Request, refusal: Refusal, start_response: StartResponse) -> Iterable[bytes]:
    """Send a refusal."""
    status = refusal.status or (400 if request.protocol == "json" else 403)
    kind, text = _written(request, refusal)
    # HTTP: an answer to HEAD has no body, which is why nobody hears the reason there.
    body = b"" if request.method == "HEAD" else text.encode()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", _ID),
        ("x-amz-request-id", _ID),
    ]
    if request.protocol in ("json", "rest-json"):
        headers.append(("x-amzn-ErrorType", refusal.code))
    start_response(f"{status} {'Bad Request' if status == 400 else 'Forbidden'}", headers)  # noqa: PLR2004
    return [body]


def _written(request: Request, refusal: Refusal) -> tuple[str, str]:
    code, message = escape(refusal.code), escape(refusal.message)
    if request.protocol == "rest-xml":
        return "application/xml", (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{code}</Code><Message>{message}</Message>"
            f"<RequestId>{_ID}</RequestId><HostId>{_ID}</HostId></Error>"
        )
    if request.protocol == "query":
        return "text/xml", (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{message}</Message></Error><RequestId>{_ID}</RequestId></ErrorResponse>"
        )
    content = {"__type": refusal.code, "message": refusal.message, "Message": refusal.message}
    return "application/x-amz-json-1.1", json.dumps(content)
