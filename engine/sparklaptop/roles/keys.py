"""Access keys that stand for a role, as temporary credentials do on AWS."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass

SECRET = "laptop"
"""The secret of every access key of the laptop cloud: brokers check what was signed with it."""

# Keys of sessions begin like AWS's own; the rest of the word tells ours from a real one.
_PREFIX = "ASIALAPTOP"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LENGTH = 10
_lock = threading.Lock()
_known: dict[str, Caller] = {}


@dataclass(frozen=True)
class Caller:
    """Whom an access key stands for.

    Args:
        role: ARN of the role.
        session: Who took it: a run's id, an execution's name.
    """

    role: str
    session: str

    @property
    def arn(self) -> str:
        """The caller as AWS names it in a refusal."""
        _, partition, _, _, account, _ = self.role.split(":", 5)
        return f"arn:{partition}:sts::{account}:assumed-role/{self.name}/{self.session}"

    @property
    def name(self) -> str:
        """The role's name, without its path."""
        return self.role.rsplit("/", 1)[-1]


def issue(role: str, session: str) -> str:
    """Make the access key of a role's session; the same for the same, also after a restart.

    Args:
        role: ARN of the role.
        session: Who takes it.
    """
    digest = hashlib.sha256(f"{role}\n{session}".encode()).digest()
    key = _PREFIX + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_LENGTH])
    with _lock:
        _known[key] = Caller(role, session)
    return key


def caller(key: str) -> Caller | None:
    """Whom a key stands for; None for any other key, which is the person at the keyboard."""
    return _known.get(key)


def is_forgotten(key: str) -> bool:
    """Whether a key was a role's before this server started: it must not become a person's."""
    return key.startswith(_PREFIX) and key not in _known
