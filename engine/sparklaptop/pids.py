"""Whether a process is there, also one that this very process started."""

from __future__ import annotations

import os
import time

_POLL_SECONDS = 0.05


def alive(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    # A server started by this very process stays a zombie until it is waited for.
    try:
        found, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return False
    return found == pid


def ends(pid: int, seconds: float) -> bool:
    """Wait for its end; whether it came in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not alive(pid):
            return True
        time.sleep(_POLL_SECONDS)
    return False
