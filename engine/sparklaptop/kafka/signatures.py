"""Who signed a connection: a request for kafka-cluster:Connect in one of the two forms of AWS.

Mechanism AWS_MSK_IAM sends the parts of a presigned request as JSON; OAUTHBEARER sends its URL in
base64. (aws-msk-iam-auth's README, "Details"; Signature Version 4, presigned requests.)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from sparklaptop.roles.keys import SECRET

ACTION = "kafka-cluster:Connect"
_SERVICE = "kafka-cluster"
_AHEAD = timedelta(minutes=5)
_SCOPE_PARTS = 5
_NAMES = {
    "action": "Action",
    "x-amz-algorithm": "X-Amz-Algorithm",
    "x-amz-credential": "X-Amz-Credential",
    "x-amz-date": "X-Amz-Date",
    "x-amz-expires": "X-Amz-Expires",
    "x-amz-security-token": "X-Amz-Security-Token",
    "x-amz-signedheaders": "X-Amz-SignedHeaders",
}


class NotSignedError(Exception):
    """The signature is missing, wrong or too old; the text says which."""


@dataclass(frozen=True)
class Signed:
    """A good signature.

    Args:
        access_key: Whose.
        since: From when it is good.
        until: Until when.
    """

    access_key: str
    since: datetime
    until: datetime


def of_payload(payload: Mapping[str, Any], now: datetime | None = None) -> Signed:
    """Who signed a message of AWS_MSK_IAM.

    Raises:
        NotSignedError: Nobody did.
    """
    query = {name: str(payload[key]) for key, name in _NAMES.items() if payload.get(key)}
    return _checked(query, str(payload.get("host")), str(payload.get("x-amz-signature")), now)


def of_token(token: str, now: datetime | None = None) -> Signed:
    """Who signed a token of OAUTHBEARER.

    Raises:
        NotSignedError: Nobody did.
    """
    try:
        padded = token + "=" * (-len(token) % 4)
        url = urlsplit(base64.urlsafe_b64decode(padded).decode())
    except (binascii.Error, ValueError) as error:
        raise NotSignedError("the token is no URL in base64") from error
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    signature = query.pop("X-Amz-Signature", "")
    # Signers write it behind the signature.
    query.pop("User-Agent", None)
    return _checked(query, url.netloc, signature, now)


def _checked(query: Mapping[str, str], host: str, signature: str, now: datetime | None) -> Signed:
    scope = query.get("X-Amz-Credential", "").split("/")
    key = scope[0] or "nobody"
    if len(scope) != _SCOPE_PARTS or scope[3] != _SERVICE or query.get("Action") != ACTION:
        raise NotSignedError(f"[{key}]: Access denied (this is not a signed {ACTION})")
    if not hmac.compare_digest(_signature(query, host, scope[1:]), signature):
        raise NotSignedError(
            f"[{key}]: Access denied (signature). Secrets of the laptop cloud are {SECRET!r}"
        )
    since, until = _times(query, key)
    moment = now or datetime.now(UTC)
    if not since - _AHEAD <= moment <= until:
        raise NotSignedError(f"[{key}]: Access denied (signed at {since}, good until {until})")
    return Signed(key, since, until)


def _times(query: Mapping[str, str], key: str) -> tuple[datetime, datetime]:
    try:
        since = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return since, since + timedelta(seconds=int(query["X-Amz-Expires"]))
    except (KeyError, ValueError) as error:
        raise NotSignedError(f"[{key}]: Access denied (no date or no time of expiry)") from error


def _signature(query: Mapping[str, str], host: str, scope: list[str]) -> str:
    written = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    empty = hashlib.sha256(b"").hexdigest()
    request = f"GET\n/\n{written}\nhost:{host}\n\nhost\n{empty}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{query.get('X-Amz-Date', '')}\n{'/'.join(scope)}\n{digest}"
    key = f"AWS4{SECRET}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
