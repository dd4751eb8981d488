"""Step Functions and CloudFormation write PascalCase; the APIs have their own member names."""

from __future__ import annotations

import json

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sparklaptop.untyped import Json


def recase(value: Json, shape: Shape | None, *, upper: bool) -> Json:
    """A request or answer with the member names of the other side.

    Args:
        value: The request (`upper=False`) or the answer (`upper=True`).
        shape: What botocore knows of it. None: the value as it is.
        upper: Whether names shall begin with a capital, as in state machines.
    """
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return _structure(value, shape, upper)
    if isinstance(shape, ListShape) and isinstance(value, list | tuple):
        return [recase(item, shape.member, upper=upper) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: recase(item, shape.value, upper=upper) for key, item in value.items()}
    if shape is not None and shape.type_name == "blob" and isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).encode()  # a state's data as a body
    return _plain(value) if upper else value


def _structure(value: dict[str, Json], shape: StructureShape, upper: bool) -> dict[str, Json]:
    if shape.is_document_type:
        return value
    by_name = {name.lower(): name for name in shape.members}
    made = {}
    for key, item in value.items():
        member = by_name.get(key.lower(), key)
        inner = recase(item, shape.members.get(member), upper=upper)
        made[key[0].upper() + key[1:] if upper else member] = inner
    return made


def _plain(value: Json) -> Json:
    """Bodies and times as the text that a state machine sees."""
    content = value.read() if hasattr(value, "read") else value
    if isinstance(content, bytes):
        return content.decode()
    if hasattr(content, "isoformat"):
        return content.isoformat().replace("+00:00", "Z")
    return content
