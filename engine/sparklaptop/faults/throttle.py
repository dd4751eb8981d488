"""A bucket of tokens: so many calls at once, then so many per second."""

from __future__ import annotations

import threading
import time


class Bucket:
    """One bucket.

    Args:
        burst: How many calls it lets through at once.
        per_second: How many per second after that.
    """

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._left, self._at = float(burst), time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more call may pass."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
