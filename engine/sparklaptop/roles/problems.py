"""What is wrong with a policy, or refused by one."""

from __future__ import annotations


class PolicyError(ValueError):
    """A policy that the laptop cannot evaluate; nothing is allowed by guessing."""
