"""One event on its way to one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_ATTEMPTS, OLDEST_SECONDS = 185, 86_400
"""Retries and age of an event, where a target says nothing (API reference, RetryPolicy)."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event on its way to one target.

    Args:
        id: The same for the same event and target, also after a restart; names an execution.
        target: ARN of the target.
        body: What it is given.
        service: Who tells: `events.amazonaws.com` or `scheduler.amazonaws.com`.
        source: For whom: ARN of the rule or of the schedule's group.
        role: ARN of the role under which it is told. Default: the service itself tells it.
        session: Name of the role's session.
        group: Message group of a FIFO queue.
        event: The event that goes on to another bus, for such a target.
        depth: How many deliveries led to this one.
        attempts: Most retries.
        until: No retry after it, in seconds of the Unix epoch.
        dead_letters: ARN of the queue for what cannot be delivered.
        dead_role: ARN of the role under which it is put there. Default: the service itself does.
        dead_body: Body of the message there.
        labels: Attributes of the message there, which say where it comes from.
        tries: Retries so far.
    """

    id: str
    target: str
    body: str
    service: str
    source: str
    until: float
    role: str | None = None
    session: str = "events"
    group: str | None = None
    event: Mapping[str, Any] | None = None
    depth: int = 0
    attempts: int = MOST_ATTEMPTS
    dead_letters: str | None = None
    dead_role: str | None = None
    dead_body: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0
