"""How often a stream that fails is tried again.

(EMR Serverless guide, job resiliency: indefinitely, until so many attempts failed within an hour.)
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_DEFAULT_PER_HOUR = 5
_MINUTES = 60
_PAUSE_MINUTES = 1 / 60
_STREAMS = ("stdout", "stderr")


class Allowance:
    """Counts failed attempts.

    Args:
        request: StartJobRun.
        minute_seconds: Length of a minute here, in seconds.
    """

    def __init__(self, request: Mapping[str, Any], minute_seconds: float) -> None:
        policy = request.get("retryPolicy") or {}
        self._most = int(policy.get("maxFailedAttemptsPerHour", _DEFAULT_PER_HOUR))
        self._hour_seconds = _MINUTES * minute_seconds
        self.pause_seconds = _PAUSE_MINUTES * minute_seconds
        self._failed: deque[float] = deque()

    def another(self) -> bool:
        """Count an attempt that has failed; whether there may be another."""
        now = time.monotonic()
        self._failed.append(now)
        while self._failed[0] <= now - self._hour_seconds:
            self._failed.popleft()
        return len(self._failed) < self._most


def put_aside(folder: Path, number: int) -> None:
    """Make place for the next attempt, keeping what the last one wrote.

    Args:
        folder: Of the run.
        number: Of the attempt that has failed.
    """
    kept = folder / "attempts" / str(number)
    kept.mkdir(parents=True, exist_ok=True)
    for name in _STREAMS:
        if (folder / name).exists():
            (folder / name).replace(kept / name)
    shutil.rmtree(folder / "work", ignore_errors=True)
