"""What was refused, and which statements ever allowed something."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from sparklaptop.roles.evaluation import Decision, Need
from sparklaptop.roles.keys import Caller

_KEPT = 10_000


@dataclass(frozen=True)
class Denial:
    """One refused permission.

    Args:
        role: Name of the role.
        session: A run's id, an execution's name.
        action: Such as `s3:GetObject`.
        resource: Its ARN.
        why: Why not, as AWS words it.
        at: When.
    """

    role: str
    session: str
    action: str
    resource: str
    why: str
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))


class Memory:
    """Remembers decisions since the server started; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._denials: deque[Denial] = deque(maxlen=_KEPT)
        self._used: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)

    def note(self, who: Caller, need: Need, decision: Decision) -> None:
        """Remember a decision."""
        with self._lock:
            if decision.allowed:
                for policy, sid in decision.by:
                    self._used[who.role, policy, sid][need.action] += 1
            else:
                denial = Denial(who.name, who.session, need.action, need.resource, decision.why)
                self._denials.append(denial)

    def denials(self, session: str | None = None) -> list[Denial]:
        """What was refused, oldest first.

        Args:
            session: Only of this session. Default: of all.
        """
        with self._lock:
            return [each for each in self._denials if session in (None, each.session)]

    def shown(self, session: str | None = None) -> list[dict[str, str]]:
        """The same, as JSON."""
        return [asdict(each) for each in self.denials(session)]

    def used(self, role: str, policy: str, sid: str) -> Mapping[str, int]:
        """How often a statement of a role's policy allowed which action."""
        with self._lock:
            return dict(self._used.get((role, policy, sid), {}))
