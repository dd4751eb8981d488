"""Ask a person before something is changed that is hard to take back."""

import sys
from collections.abc import Mapping
from typing import Any

import typer

from sparkcli.errors import CallError
from sparkcli.screen import Screen


def ask(
    screen: Screen, question: str, document: Mapping[str, Any], *, done: str = "changed"
) -> None:
    """Go on if the person says yes.

    Args:
        screen: Says whether a program is listening.
        question: What is asked.
        document: What `--json` prints when the answer is no.
        done: What a no leaves undone, as one word.

    Raises:
        CallError: The answer is no, or nobody can be asked here.
    """
    if screen.as_json or not sys.stdin.isatty():
        raise CallError(
            f"{question} Nothing was {done}: add --yes, as nobody can be asked here.",
            document=document,
        )
    if not typer.confirm(question, err=True):
        raise CallError(f"Nothing was {done}.", document=document)
