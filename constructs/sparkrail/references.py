"""Values that only the deploy knows, as tokens for CDK and as intrinsic functions for templates."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from aws_cdk import Fn

_TOKEN = re.compile(r"(\$\{Token\[[^\]]*\]\})")
_MEANING: dict[str, dict[str, Any]] = {}


def reference(logical_id: str) -> str:
    """Refer to a resource of the same stack.

    Args:
        logical_id: As in the template.
    """
    return _remembered(Fn.ref(logical_id), {"Ref": logical_id})


def attribute(logical_id: str, name: str) -> str:
    """Refer to an attribute of a resource of the same stack.

    Args:
        logical_id: As in the template.
        name: Such as `Arn`.
    """
    token = Fn.get_att(logical_id, name).to_string()
    return _remembered(token, {"Fn::GetAtt": [logical_id, name]})


@cache
def stack_output(stack: str, output: str, *, region: str) -> str:
    """Refer to an output of a stack that was deployed before.

    Args:
        stack: The stack's name.
        output: The output's name.
        region: Of the stack.
    """
    token = Fn.get_stack_output(stack, output, region)
    meaning = {"StackName": stack, "Region": region, "OutputName": output}
    return _remembered(token, {"Fn::GetStackOutput": meaning})


def resolved(value: Any) -> Any:  # noqa: ANN401 (JSON is anything)
    """Write tokens as the intrinsic functions that CDK would write in their place.

    Args:
        value: JSON with tokens that were made here.

    Raises:
        KeyError: It holds a token that was not made here.
    """
    if isinstance(value, str):
        return _text(value) if "${Token[" in value else value
    if isinstance(value, dict):
        return {key: resolved(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(each) for each in value]
    return value


def _text(text: str) -> object:
    parts = [part for part in _TOKEN.split(text) if part]
    written = [_MEANING[part] if _TOKEN.fullmatch(part) else part for part in parts]
    return written[0] if len(written) == 1 else {"Fn::Join": ["", written]}


def _remembered(token: str, meaning: dict[str, Any]) -> str:
    _MEANING[token] = meaning
    return token
