"""An error as the service of a call would word it, so that every SDK reads it as AWS's own."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from sparklaptop.faults.calls import Call

# How each service says "slower" (service references, common errors; S3: error responses).
_SLOWER = {
    "s3": (503, "SlowDown"),
    "sns": (400, "Throttling"),
    "iam": (400, "Throttling"),
    "sts": (400, "Throttling"),
    "cloudformation": (400, "Throttling"),
    "emr-serverless": (429, "ThrottlingException"),
    "scheduler": (429, "ThrottlingException"),
}
_SERVER_FAULT = 500
_MESSAGES = {"SlowDown": "Please reduce your request rate."}


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Args:
        status: HTTP status.
        headers: By name.
        body: What follows them.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def error(call: Call, *, status: int, code: str, message: str) -> Answer:
    """The answer that refuses a call.

    Args:
        call: Which call.
        status: HTTP status.
        code: AWS's name of the error.
        message: For people.
    """
    number = str(uuid.uuid4())
    # moto's interpreter of machines breaks on an error without a request id.
    headers = {"x-amzn-RequestId": number}
    if call.request.protocol == "json":
        headers["Content-Type"] = "application/x-amz-json-1.1"
        body = json.dumps({"__type": code, "message": message, "Message": message})
    elif call.request.protocol == "rest-json":
        headers |= {"Content-Type": "application/json", "x-amzn-ErrorType": code}
        body = json.dumps({"message": message})
    elif call.request.protocol == "query":
        headers["Content-Type"] = "text/xml"
        fault = "Sender" if status < _SERVER_FAULT else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{fault}</Type>"
            f"<Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            f"<RequestId>{number}</RequestId></ErrorResponse>"
        )
    else:
        headers |= {"Content-Type": "application/xml", "x-amz-request-id": number}
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>"
            f"<Resource>{escape(call.resource.partition(':::')[2])}</Resource>"
            f"<RequestId>{number}</RequestId></Error>"
        )
    # An answer to HEAD has no body, so S3's clients see the status alone.
    return Answer(status, headers, b"" if call.request.method == "HEAD" else body.encode())


def slower(call: Call) -> Answer:
    """The answer of a service that is asked too often."""
    status, code = _SLOWER.get(call.request.service, (400, "ThrottlingException"))
    message = _MESSAGES.get(code, "Rate exceeded")
    return error(call, status=status, code=code, message=message)
