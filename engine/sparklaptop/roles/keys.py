"""Access keys that stand for a role, as temporary credentials do on AWS."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LENGTH = 16
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
        partition_and_account = self.role.split(":")
        name = self.role.rsplit("/", 1)[-1]
        _, partition, _, _, account, _ = partition_and_account[:6]
        return f"arn:{partition}:sts::{account}:assumed-role/{name}/{self.session}"


def issue(role: str, session: str) -> str:
    """Make the access key of a role's session; the same for the same, also after a restart.

    Args:
        role: ARN of the role.
        session: Who takes it.
    """
    digest = hashlib.sha256(f"{role}\n{session}".encode()).digest()
    key = "ASIA" + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_LENGTH])
    with _lock:
        _known[key] = Caller(role, session)
    return key


def caller(key: str) -> Caller | None:
    """Whom a key stands for; None for any other key, which is the person at the keyboard."""
    return _known.get(key)
