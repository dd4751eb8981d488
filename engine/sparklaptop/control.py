"""Talking to the server's own addresses, `/_sparkrail/*`, without boto3."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from sparklaptop.untyped import Json

# Proxies of the environment must not see, or break, what never leaves this computer.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(endpoint: str, path: str, *, timeout_seconds: float) -> dict[str, Any] | None:
    """The answer; None if nobody answers in time, or not as our server does."""
    try:
        with _OPENER.open(f"{endpoint}{path}", timeout=timeout_seconds) as answer:
            content = json.loads(answer.read())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def post(endpoint: str, path: str, content: Json, *, timeout_seconds: float) -> dict[str, Any]:
    """The answer, also to a request that was refused.

    Raises:
        OSError: Nobody answers.
    """
    request = urllib.request.Request(
        f"{endpoint}{path}",
        data=json.dumps(content).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as answer:
            found: dict[str, Any] = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        found = json.loads(error.read())
    return found


def delete(endpoint: str, path: str, *, timeout_seconds: float) -> dict[str, Any]:
    """The answer to DELETE.

    Raises:
        OSError: Nobody answers.
    """
    request = urllib.request.Request(f"{endpoint}{path}", method="DELETE")
    with _OPENER.open(request, timeout=timeout_seconds) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found
