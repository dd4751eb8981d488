"""Calls of the laptop cloud's own parts reach it without a socket.

A state's call to a service took a connection, a thread and two readings of HTTP. The application
that answers is the same one, with roles, faults and durability in it; what it does to a connection
is told to the caller as botocore tells it of a real one.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from urllib3 import HTTPHeaderDict, HTTPResponse

from sparklaptop.untyped import MotoObject

log = logging.getLogger(__name__)


class InProcess:
    """Answers requests of boto3 clients: a handler of botocore's `before-send`.

    Args:
        application: WSGI.
    """

    def __init__(self, application: MotoObject) -> None:
        self._application = application

    def __call__(self, request: MotoObject, **_: MotoObject) -> AWSResponse | None:
        """Answer one; None leaves a body that is a stream to the socket."""
        body = request.body
        if isinstance(body, str):
            body = body.encode()
        elif isinstance(body, io.BytesIO):
            body = body.read()
        if body is not None and not isinstance(body, bytes | bytearray):
            return None
        status, headers, content = self._answer(_environ(request, bytes(body or b"")), request.url)
        raw: MotoObject = HTTPResponse(
            body=io.BytesIO(content),
            headers=HTTPHeaderDict(headers),
            status=status,
            preload_content=False,
            # What answers HEAD tells a length and has no body.
            request_method=request.method,
        )
        return AWSResponse(request.url, status, raw.headers, raw)

    def _answer(
        self, environ: dict[str, Any], url: str
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        begun: list[Any] = []
        try:
            content = _whole(self._application(environ, lambda *given: begun.append(given)))
        except ConnectionError as error:
            raise ConnectionClosedError(endpoint_url=url, error=error) from error
        except Exception:
            log.exception("%s %s", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return 500, [], b""
        status, headers = begun[0][:2]
        return int(status.split()[0]), headers, content


def _whole(answer: Iterable[bytes]) -> bytes:
    try:
        return b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()


def _environ(request: MotoObject, body: bytes) -> dict[str, Any]:
    """What a server would make of the request, after PEP 3333."""
    url = urlsplit(request.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # WSGI hands on the bytes of a path as Latin-1.
        "PATH_INFO": unquote(url.path or "/", "latin-1"),
        "QUERY_STRING": url.query,
        "RAW_URI": f"{url.path}?{url.query}" if url.query else url.path,
        "REQUEST_URI": f"{url.path}?{url.query}" if url.query else url.path,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": url.hostname,
        "HTTP_HOST": url.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    environ.pop("HTTP_CONTENT_LENGTH", None)
    return environ
