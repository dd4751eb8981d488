"""What a rule says about a state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """A rule that a state does not keep.

    Args:
        path: Names of states from the outermost to the one in question, joined by "/"; empty for
            the machine itself.
        rule: Name of the rule, as in `RULES`.
        text: What is wrong, as a sentence about the state.
        fix: What to write instead.
    """

    path: str
    rule: str
    text: str
    fix: str


RULES = {
    "Readable": "the definition can be read and lies in the template",
    "NextExists": "every transition leads to a state beside it",
    "Reachable": "every state can be reached",
    "Ends": "every path ends, and every choice has a Default",
    "TaskRetry": "every Task retries, with full jitter and a bounded delay",
    "TaskCatch": "every Task catches all errors",
    "TaskTimeout": "every Task has a timeout",
    "RetryOfStart": "a call that starts work is retried only for errors that say nothing of it",
    "Token": "tokens and execution names are there, and the same when the same call is made again",
    "FailCause": "Fail has an Error and the real cause",
    "Payload": "no literal or kept result exceeds 256 KiB",
    "MapConcurrency": "every Map has a bounded MaxConcurrency",
}
"""Every rule, with what it asks for. (docs/rules.md has reasons, sources and fixes.)"""
