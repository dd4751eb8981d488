"""An AWS request, read out of HTTP: service, operation and parameters, whatever the protocol."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.session

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]*)/([^/,]+)/")
_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")
# How a service signs -> how botocore calls it, where that differs.
_MODELS = {"states": "stepfunctions", "monitoring": "cloudwatch", "email": "sesv2"}


@dataclass(frozen=True)
class Request:
    """One request.

    Args:
        service: As it signs: `s3`, `states`, `emr-serverless`.
        operation: As the API calls it; for S3 nothing.
        parameters: By the API's names; for S3 the query.
        method: Of HTTP.
        path: Of HTTP, unquoted.
        headers: In small letters.
        body: As sent.
        protocol: `rest-xml`, `json`, `query` or `rest-json`: how a refusal is written.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    method: str = "POST"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    protocol: str = "json"


@dataclass(frozen=True)
class Signature:
    """Who signed a request, for which Region and service."""

    access_key: str
    region: str
    service: str


def signature(environ: Mapping[str, Any]) -> Signature | None:
    """Who signed, by header or by a presigned URL; None if nobody did."""
    text = environ.get("HTTP_AUTHORIZATION", "")
    if not text and "X-Amz-Credential=" in environ.get("QUERY_STRING", ""):
        query = parse_qs(environ["QUERY_STRING"])
        text = f"Credential={query['X-Amz-Credential'][0]}"
    found = _CREDENTIAL.search(text)
    return Signature(*found.groups()) if found else None


def read(environ: dict[str, Any], service: str) -> Request:
    """Read a request, leaving its body for whoever answers it."""
    if service == "s3":
        return _s3(environ)
    body = take_body(environ)
    headers = _headers(environ)
    target = environ.get("HTTP_X_AMZ_TARGET")
    common: dict[str, Any] = {"method": environ["REQUEST_METHOD"], "headers": headers, "body": body}
    if target:
        parameters = json.loads(body) if body.startswith(b"{") else {}
        return Request(service, target.rpartition(".")[2], parameters, **common)
    if cbor := _CBOR_PATH.fullmatch(environ["PATH_INFO"]):
        return Request(service, cbor[1], {}, **common)
    query = body.decode(errors="replace") if _is_form(environ) else environ.get("QUERY_STRING", "")
    form = {name: values[0] for name, values in parse_qs(query).items()}
    if "Action" in form:
        return Request(service, form["Action"], form, protocol="query", **common)
    return _rest(service, environ, common)


def take_body(environ: dict[str, Any]) -> bytes:
    """Read the body and put it back."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = bytes(environ["wsgi.input"].read(length)) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _is_form(environ: Mapping[str, Any]) -> bool:
    return "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", "")


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _s3(environ: dict[str, Any]) -> Request:
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    parameters = {name: values[0] for name, values in query.items()}
    path = environ["PATH_INFO"].encode("latin1").decode(errors="replace")
    # Only DeleteObjects is told by its body; others' may be gigabytes.
    deletes = environ["REQUEST_METHOD"] == "POST" and "delete" in parameters
    return Request(
        "s3",
        "",
        parameters,
        method=environ["REQUEST_METHOD"],
        path=path,
        headers=_headers(environ),
        body=take_body(environ) if deletes else b"",
        protocol="rest-xml",
    )


def _rest(service: str, environ: Mapping[str, Any], common: dict[str, Any]) -> Request:
    # As it was sent: the slashes of an ARN are quoted there.
    path = str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0]
    content = json.loads(common["body"]) if common["body"].startswith(b"{") else {}
    for method, pattern, operation in _routes(service):
        found = pattern.fullmatch(path) if method == common["method"] else None
        if found:
            given = {name: unquote(value) for name, value in found.groupdict().items()}
            return Request(
                service, operation, {**content, **given}, path=path, protocol="rest-json", **common
            )
    return Request(
        service, f"{common['method']}{path}", content, path=path, protocol="rest-json", **common
    )


@lru_cache(maxsize=32)
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """HTTP method and path of each operation, from botocore's own model."""
    session = botocore.session.get_session()
    name = _MODELS.get(service, service)
    if name not in session.get_available_services():
        return ()
    model = session.get_service_model(name)
    made = []
    for operation in model.operation_names:
        http = model.operation_model(operation).http
        path = re.escape(http["requestUri"].split("?")[0])
        pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", _group, path)
        made.append((http["method"], re.compile(pattern), operation))
    return tuple(made)


def _group(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"
