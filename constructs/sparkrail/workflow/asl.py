"""The few words of the Amazon States Language that our machines are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

State = dict[str, Any]
States = dict[str, State]

_RESERVED = re.compile(r"[\\'{}]")
_PLACEHOLDER = re.compile(r"(\$\{[A-Za-z]+\})")
_SLOT = re.compile(r"(\{\})")


def task(
    resource: str,
    parameters: Mapping[str, Any],
    *,
    then: str | None,
    keep: str | None = "$.last",
    select: Mapping[str, Any] | None = None,
    retry: Sequence[Mapping[str, Any]] = (),
    catch: Sequence[Mapping[str, Any]] = (),
    seconds: int = 60,
) -> State:
    """Call a service.

    Args:
        resource: What follows `arn:aws:states:::`.
        parameters: Of the call.
        then: The next state; None ends the machine.
        keep: Where the result goes; None drops it. Default: where the next one overwrites it.
        select: What of the result is kept. Default: all of it.
        retry: Retriers. Default: none.
        catch: Catchers. Default: none.
        seconds: Longest time, in seconds. Default: 60.
    """
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": parameters,
        **({"ResultSelector": select} if select else {}),
        "ResultPath": keep,
        "TimeoutSeconds": seconds,
        **({"Retry": list(retry)} if retry else {}),
        **({"Catch": list(catch)} if catch else {}),
        **({"Next": then} if then else {"End": True}),
    }


def each(
    items: str,
    states: States,
    *,
    start: str,
    item: Mapping[str, Any],
    at_once: int,
    then: str,
) -> State:
    """Do the same for each item of a list, and keep nothing of what comes of it.

    Args:
        items: Path to the list.
        states: What is done for one.
        start: The first of these states.
        item: Data that the first state gets; `$$.Map.Item.Value` is the item.
        at_once: How many items at a time.
        then: The next state.
    """
    return {
        "Type": "Map",
        "ItemsPath": items,
        "ItemSelector": item,
        "MaxConcurrency": at_once,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": start,
            "States": states,
        },
        "ResultPath": None,
        "Next": then,
    }


def note(values: Mapping[str, Any], *, at: str | None, then: str | None) -> State:
    """Put values into the state's data.

    Args:
        values: Literals, and paths under keys that end in `.$`.
        at: Where they go; None replaces the data.
        then: The next state; None ends the machine, with the values as its output.
    """
    return {
        "Type": "Pass",
        "Parameters": values,
        **({"ResultPath": at} if at else {}),
        **({"Next": then} if then else {"End": True}),
    }


def choose(*rules: Mapping[str, Any], otherwise: str) -> State:
    """Branch on the state's data.

    Args:
        rules: Conditions with their `Next`; the first that holds decides.
        otherwise: The next state when none holds.
    """
    return {"Type": "Choice", "Choices": list(rules), "Default": otherwise}


def present(path: str) -> dict[str, Any]:
    """Hold when a path leads to something."""
    return {"Variable": path, "IsPresent": True}


def absent(path: str) -> dict[str, Any]:
    """Hold when a path leads to nothing."""
    return {"Variable": path, "IsPresent": False}


def is_(path: str, *texts: str) -> dict[str, Any]:
    """Hold when a path leads to one of these texts; it must lead somewhere."""
    same = [{"Variable": path, "StringEquals": each_} for each_ in texts]
    return same[0] if len(same) == 1 else {"Or": same}


def same(path: str, other: str) -> dict[str, Any]:
    """Hold when two paths lead to the same text; both must lead somewhere."""
    return {"Variable": path, "StringEqualsPath": other}


def not_(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Hold when a rule does not."""
    return {"Not": rule}


def text_at(path: str) -> list[dict[str, Any]]:
    """Hold together when a path leads to a text."""
    return [present(path), {"Variable": path, "IsString": True}]


def caught(then: str, *, errors: Sequence[str] = ("States.ALL",), keep: str = "$.error") -> State:
    """Catch errors.

    Args:
        then: The next state.
        errors: Names of errors. Default: all.
        keep: Where Error and Cause go.
    """
    return {"ErrorEquals": list(errors), "ResultPath": keep, "Next": then}


def literal(text: str) -> str:
    r"""Quote a text for an intrinsic function. Placeholders of the template stay as they are.

    >>> literal("it's {here}")
    "'it\\'s \\{here\\}'"
    >>> literal("s3://${RawBucket}/a/")
    "'s3://${RawBucket}/a/'"
    """
    return _quoted(text, _PLACEHOLDER)


def formatted(text: str, *paths: str) -> str:
    """Fill the slots `{}` of a text.

    >>> formatted("run {}", "$.key")
    "States.Format('run {}', $.key)"
    """
    return f"States.Format({_quoted(text, _SLOT)}, {', '.join(paths)})"


def _quoted(text: str, untouched: re.Pattern[str]) -> str:
    parts = untouched.split(text)
    escaped = [
        part if index % 2 else _RESERVED.sub(r"\\\g<0>", part) for index, part in enumerate(parts)
    ]
    return f"'{''.join(escaped)}'"


def text(path: str) -> str:
    """Turn what a path leads to into text."""
    return formatted("{}", path)
