"""DeleteObjects: refused key by key, and the others are deleted."""

from __future__ import annotations

import base64
import hashlib
import io
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from sparklaptop.roles.calls.request import take_body
from sparklaptop.roles.missing import Pass
from sparklaptop.roles.refusals import StartResponse

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_END = b"</DeleteResult>"


def answered(
    refused: Sequence[int], pass_on: Pass, environ: dict[str, Any], start_response: StartResponse
) -> list[bytes]:
    """Delete what may be deleted and say which keys may not.

    Args:
        refused: Places of the refused objects in the request.
        pass_on: Asks the cloud.
        environ: The request.
        start_response: Takes the answer.
    """
    if not refused:
        return list(pass_on(environ, start_response))
    root = ET.fromstring(take_body(environ))
    objects = [each for each in root if each.tag.endswith("Object")]
    errors = "".join(_error(objects[number]) for number in refused).encode()
    for number in refused:
        root.remove(objects[number])
    held: list[Any] = ["200 OK", [("Content-Type", "application/xml")]]
    body = f'<DeleteResult xmlns="{_NAMESPACE}"></DeleteResult>'.encode()
    if len(refused) < len(objects):
        held.clear()
        # Without this every name would get a prefix, which nobody reads.
        namespace = root.tag.removeprefix("{").partition("}")[0] if "}" in root.tag else None
        _replace_body(environ, ET.tostring(root, default_namespace=namespace))
        body = b"".join(pass_on(environ, lambda *given: held.extend(given)))
    body = body.replace(_END, errors + _END)
    kept = [pair for pair in held[1] if pair[0].lower() != "content-length"]
    start_response(held[0], [*kept, ("Content-Length", str(len(body)))])
    return [body]


def _error(entry: ET.Element) -> str:
    key = next(part.text or "" for part in entry if part.tag.endswith("Key"))
    return (
        f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code>"
        "<Message>Access Denied</Message></Error>"
    )


def _replace_body(environ: dict[str, Any], body: bytes) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["HTTP_CONTENT_MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
