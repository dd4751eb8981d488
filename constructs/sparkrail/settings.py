"""Settings of stacks that every stack of an environment shares."""

from __future__ import annotations

from typing import TypedDict

from sparkrail.names import Names


class StackSettings(TypedDict):
    """Keyword arguments of a stack."""

    stack_name: str
    description: str
    termination_protection: bool
    tags: dict[str, str]


def stack_settings(
    part: str, description: str, *, names: Names, team: str | None = None, tagged: bool = True
) -> StackSettings:
    """Name, describe, protect and tag a stack.

    Args:
        part: What it is called without the environment's prefix.
        description: What is in it, in a sentence.
        names: Of the environment.
        team: Whose it is, for the bill. Default: everybody's.
        tagged: Whether it has tags, which AWS gives to all that is in it. Default: yes.
    """
    environment = names.environment
    tags = {"project": environment.project, "environment": environment.name}
    return {
        "stack_name": names.stack(part),
        "description": description,
        "termination_protection": environment.protected,
        "tags": tags | ({"team": team} if team else {}) if tagged else {},
    }
