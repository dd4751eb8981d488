"""The order in which stacks are deployed."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Stack


def deploy_after(first: Iterable[Stack], then: Iterable[Stack]) -> None:
    """Deploy stacks after others. Weak references alone would not say so.

    Args:
        first: What must be there before.
        then: What comes after; a stack never waits for itself.
    """
    before = list(first)
    for stack in then:
        for each in before:
            if each is not stack:
                stack.add_stack_dependency(each)
