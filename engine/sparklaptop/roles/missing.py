"""A key that is not there, asked for by who may not list the bucket: 403, not 404.

(S3 API reference, GetObject and HeadObject, permissions.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sparklaptop.roles import refusals
from sparklaptop.roles.calls.request import Request
from sparklaptop.roles.evaluation import Need
from sparklaptop.roles.keys import Caller
from sparklaptop.roles.refusals import Refusal, StartResponse

Pass = Callable[[dict[str, Any], Any], Iterable[bytes]]


def could_be(request: Request, needed: list[Need]) -> bool:
    """Whether a request asks for one object."""
    return (
        request.service == "s3"
        and request.method in ("GET", "HEAD")
        and bool(needed)
        and needed[0].action in ("s3:GetObject", "s3:GetObjectVersion")
    )


def question(need: Need) -> Need:
    """May they list? S3 asks it without a prefix."""
    return Need("s3:ListBucket", need.resource.partition("/")[0])


def hidden(
    request: Request,
    who: Caller,
    pass_on: Pass,
    environ: dict[str, Any],
    start_response: StartResponse,
) -> Iterable[bytes]:
    """Answer a request of who may not know whether there is such a key."""
    held: list[Any] = []
    body = pass_on(environ, lambda *given: held.extend(given))
    if not str(held[0]).startswith("404"):
        start_response(*held)
        return body
    bucket = request.path.removeprefix("/").partition("/")[0]
    message = (
        f"User: {who.arn} is not authorized to perform: s3:ListBucket on resource: "
        f'"arn:aws:s3:::{bucket}" because no identity-based policy allows the s3:ListBucket action'
    )
    return refusals.answer(request, Refusal("AccessDenied", message), start_response)
