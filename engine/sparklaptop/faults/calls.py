"""Which call a request is: its actions and resources as IAM names them, and who calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sparklaptop.roles.account import Account
from sparklaptop.roles.calls.needs import Tags, needs_of
from sparklaptop.roles.calls.request import Request, read, signature
from sparklaptop.roles.evaluation import Need


@dataclass(frozen=True)
class Call:
    """A call of the laptop cloud.

    Args:
        request: As it was read.
        needs: The permissions that it would need, its own action first.
        access_key: Who calls.
    """

    request: Request
    needs: tuple[Need, ...]
    access_key: str

    @property
    def action(self) -> str:
        """Its own action: s3:PutObject."""
        return self.needs[0].action

    @property
    def resource(self) -> str:
        """What it is about, as an ARN."""
        return self.needs[0].resource


def describe(environ: dict[str, Any], *, number: str, tags: Tags) -> Call:
    """The call of a WSGI request; a body that is read can be read again.

    Args:
        environ: Of the request.
        number: The account.
        tags: Of EMR Serverless applications.
    """
    signed = signature(environ)
    # Only S3 takes requests that nobody signed.
    request = read(environ, signed.service if signed else "s3")
    account = Account(number, signed.region if signed else "")
    try:
        needs = needs_of(request, account, tags)
    except (KeyError, TypeError, ValueError):
        # Whoever asks nonsense is told so by the service.
        needs = []
    unknown = Need(f"{request.service}:{request.operation}", "*")
    return Call(request, tuple(needs) or (unknown,), signed.access_key if signed else "")
