"""Compares what a service answered with its model in botocore: an answer or a declared error."""

import base64
import datetime
import json
import re

# Errors that every operation may answer, whatever its model lists (AWS API references, "Common
# errors").
COMMON = {
    "AccessDeniedException": 400,
    "ThrottlingException": 400,
    "UnrecognizedClientException": 400,
    "ValidationException": 400,
}


class Watched:
    """A client whose every answer is compared with the model.

    Args:
        client: The boto3 client.
        problems: Filled with what differs, in words.
    """

    def __init__(self, client, problems):
        self._client = client
        self._problems = problems
        self.answers = 0
        client.meta.events.register("response-received", self._look)

    def __getattr__(self, name):
        return getattr(self._client, name)

    def _look(self, response_dict, event_name, **_):
        if response_dict is None:
            return
        self.answers += 1
        operation = self._client.meta.service_model.operation_model(event_name.rsplit(".", 1)[-1])
        differences = list(
            differences_of(
                operation,
                status=response_dict["status_code"],
                headers=response_dict["headers"],
                body=response_dict["body"],
            )
        )
        self._problems += [f"{operation.name}: {each}" for each in differences]


def differences_of(operation, *, status, headers, body):
    """What an answer has that the model does not promise, and the other way round.

    Args:
        operation: botocore's model of the operation.
        status: HTTP status.
        headers: Of the answer.
        body: Of the answer, as bytes.
    """
    content = json.loads(body) if body else {}
    if "x-amzn-requestid" not in {name.lower() for name in headers}:
        yield "has no request id"
    if status >= 300:
        yield from _error(operation, status, headers, content)
    elif operation.output_shape is not None:
        wanted = operation.http.get("responseCode", 200)
        if status != wanted:
            yield f"status is {status}, not {wanted}"
        yield from _value(content, operation.output_shape, "$")


def _error(operation, status, headers, content):
    code = headers.get("x-amzn-errortype") or content.get("__type") or ""
    code = code.rsplit("#", 1)[-1].split(":")[0]
    declared = {shape.error_code: shape for shape in operation.error_shapes}
    if code not in declared:
        if code not in COMMON:
            yield f"error {code!r} is not among {sorted({*declared, *COMMON})}"
        return
    shape = declared[code]
    wanted = shape.metadata.get("error", {}).get("httpStatusCode", 400)
    if status != wanted:
        yield f"error {code} came with status {status}, not {wanted}"
    names = {name.lower() for name in shape.members} | {"message"}
    for name in content:
        if name.lower() not in names | {"__type", "code"}:
            yield f"error {code} has no {name!r}"
    for name in shape.required_members:
        located = shape.members[name].serialization.get("location")
        if not located and name.lower() not in {given.lower() for given in content}:
            yield f"error {code} lacks {name!r}"


def _value(value, shape, path):
    checks = {
        "structure": _structure,
        "list": _list,
        "map": _map,
        "string": _string,
        "timestamp": _timestamp,
        "blob": _blob,
    }
    if shape.type_name in checks:
        yield from checks[shape.type_name](value, shape, path)
    elif not isinstance(value, _PLAIN[shape.type_name]) or (
        isinstance(value, bool) and shape.type_name != "boolean"
    ):
        yield f"{path} is {value!r}, not {shape.type_name}"
    else:
        yield from _bounds(value, shape, path)


_PLAIN = {
    "boolean": bool,
    "double": int | float,
    "float": int | float,
    "integer": int,
    "long": int,
}


def _structure(value, shape, path):
    if not isinstance(value, dict):
        yield f"{path} is {value!r}, not a structure"
        return
    members = {
        member.serialization.get("name", name): (name, member)
        for name, member in shape.members.items()
        if member.serialization.get("location") is None
    }
    for given, inner in value.items():
        if given not in members:
            yield f"{path} has no {given!r}"
        else:
            yield from _value(inner, members[given][1], f"{path}.{given}")
    there = {members[given][0] for given in value if given in members}
    for name in shape.required_members:
        if name not in there and shape.members[name].serialization.get("location") is None:
            yield f"{path} lacks {name!r}"


def _list(value, shape, path):
    if not isinstance(value, list):
        yield f"{path} is {value!r}, not a list"
        return
    for number, inner in enumerate(value):
        yield from _value(inner, shape.member, f"{path}[{number}]")


def _map(value, shape, path):
    if not isinstance(value, dict):
        yield f"{path} is {value!r}, not a map"
        return
    for name, inner in value.items():
        yield from _value(name, shape.key, f"{path} key")
        yield from _value(inner, shape.value, f"{path}.{name}")


def _string(value, shape, path):
    if not isinstance(value, str):
        yield f"{path} is {value!r}, not a string"
        return
    if shape.enum and value not in shape.enum:
        yield f"{path} is {value!r}, not one of {shape.enum}"
    yield from _bounds(len(value), shape, path)
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield f"{path} is {value!r}, which {pattern} does not match"


def _matches(pattern, value):
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True  # a pattern of Java that Python does not know


def _bounds(size, shape, path):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{path} is {size}, which is not between {least} and {most}"


def _timestamp(value, shape, path):
    wanted = shape.serialization.get("timestampFormat", "unixTimestamp")
    if wanted == "unixTimestamp":
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{path} is {value!r}, not seconds since 1970"
        return
    try:
        datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        yield f"{path} is {value!r}, not {wanted}"


def _blob(value, _shape, path):
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        yield f"{path} is {value!r}, not base64"
