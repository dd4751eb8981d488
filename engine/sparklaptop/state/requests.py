"""What a request can change, read from the request alone."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qs

from sparklaptop.state import items

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]*)/([^/,]+)/")
_READS = re.compile(
    "AssumeRole|BatchGet|Check|Decode|Decrypt|Describe|Encrypt|Estimate|Filter|Generate|Get|Head"
    "|List|Lookup|PutEvents|Query|ReEncrypt|Scan|Search|Select|Sign|Simulate|StartQuery|Test"
    "|TransactGet|Validate|Verify"
)
# These keep what they change themselves: in rows of executions, job runs and stacks.
_OWN = {
    "cloudformation": {"CreateStack", "DeleteStack", "UpdateStack"},
    "emr-serverless": None,
    "states": {
        "SendTaskFailure",
        "SendTaskHeartbeat",
        "SendTaskSuccess",
        "StartExecution",
        "StartSyncExecution",
        "StopExecution",
    },
}
_CONTROL_PATH = "/v20180820/"
_OURS = ("/_sparkrail", "/moto-api", "/favicon.ico", "/latest/")


class Kind(Enum):
    """What can be changed."""

    NOTHING = "nothing, or what keeps itself"
    OBJECTS = "objects of S3"
    ITEMS = "items of DynamoDB"
    WAITING = "messages of a queue, by a call that may wait for them"
    REST = "anything else"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as the keeping of state sees it.

    Args:
        kind: What it can change.
        service: As in the signature's scope.
        region: As in the signature's scope.
        operation: Its operation, where its name is sent.
        asked: Its parameters, where they are JSON.
        keys: Buckets and keys of the objects that it can change.
    """

    kind: Kind
    service: str = "s3"
    region: str = ""
    operation: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[tuple[str, str], ...] = ()


NOTHING = Request(kind=Kind.NOTHING)


def read(environ: dict[str, Any]) -> Request:
    """Read a request; its body can be read again after."""
    path = environ.get("PATH_INFO", "/")
    if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS") or path.startswith(_OURS):
        return NOTHING
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    region, service = scope.groups() if scope else ("", "s3")
    service = service.lower()
    if service == "s3" and not path.startswith(_CONTROL_PATH):
        return _of_s3(environ, path, region)
    body = _body(environ)
    operation = _operation(environ, body)
    own = _OWN.get(service, ())
    if own is None or operation in own or _READS.match(operation):
        return NOTHING
    asked = _json(body)
    kind = Kind.REST
    if service == "dynamodb" and operation in items.CHANGES:
        kind = Kind.ITEMS
    elif service == "sqs" and operation == "ReceiveMessage":
        kind = Kind.WAITING
    return Request(kind=kind, service=service, region=region, operation=operation, asked=asked)


def _of_s3(environ: dict[str, Any], path: str, region: str) -> Request:
    bucket, _, key = path.lstrip("/").partition("/")
    # WSGI hands on the bytes of a path as Latin-1.
    key = key.encode("latin-1").decode(errors="replace")
    if key:
        return Request(kind=Kind.OBJECTS, region=region, keys=((bucket, key),))
    asks = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if environ["REQUEST_METHOD"] == "POST" and "delete" in asks:
        return Request(kind=Kind.OBJECTS, region=region, keys=_listed(bucket, _body(environ)))
    gone = environ["REQUEST_METHOD"] == "DELETE" and not asks
    return Request(
        kind=Kind.REST,
        region=region,
        operation="DeleteBucket" if gone else "",
        asked={"Bucket": bucket},
    )


def _listed(bucket: str, body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        found = ET.fromstring(body)
    except ET.ParseError:
        return ()
    names = (one.text for one in found.iter() if one.tag.rpartition("}")[2] == "Key")
    return tuple((bucket, name) for name in names if name)


def _operation(environ: dict[str, Any], body: bytes) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET", ""):
        return str(target).rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
    return ""


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _body(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body
