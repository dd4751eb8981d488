"""What the laptop cloud answers: its status, what a deploy did, the command of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Status:
    """A laptop cloud that is up.

    `survives_restart` says that its content outlives its process: what was acknowledged is there
    again after `stop`, and after a kill.
    """

    pid: int
    port: int
    endpoint: str
    account: str
    region: str
    started_at: datetime
    rss_mib: int
    runs: int = 0
    brokers: int = 0
    survives_restart: bool = True


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a deploy did, by stack name, and how long it took."""

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An archive that must lie unpacked in the run's folder under `name` before it starts."""

    uri: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The command of a StartJobRun request on this computer, and what was rewritten for it."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    archives: tuple[Archive, ...]
    rewritten: Mapping[str, str]
    notes: tuple[str, ...]
