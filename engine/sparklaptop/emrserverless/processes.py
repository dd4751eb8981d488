"""A run's process group: started apart, ended whole, and found again by the next server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_POLL_SECONDS = 0.05
_MARK = "process.json"


def start(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    work: Path,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, its output going to files in `folder`."""
    with (folder / "stdout").open("ab") as out, (folder / "stderr").open("ab") as err:
        process = subprocess.Popen(
            list(argv),
            cwd=work,
            env=dict(environment),
            stdin=stdin,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    mark = {"pid": process.pid, "born": _born(process.pid)}
    (folder / _MARK).write_text(json.dumps(mark))
    return process


def end(process: subprocess.Popen[bytes], *, grace_seconds: float) -> None:
    """SIGTERM to the whole group; SIGKILL to what is left of it after the grace period."""
    _signal(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline:
        if process.poll() is not None and not group_alive(process.pid):
            return
        time.sleep(_POLL_SECONDS)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def reap(process: subprocess.Popen[bytes]) -> None:
    """End what a finished leader left behind in its group."""
    if group_alive(process.pid):
        _signal(process.pid, signal.SIGKILL)


def end_orphans(runs: Path) -> list[str]:
    """End process groups that a killed server left; returns the ids of their runs."""
    ended = []
    for mark in sorted(runs.glob(f"*/{_MARK}")):
        try:
            found = json.loads(mark.read_text())
        except (OSError, ValueError):
            continue
        # Its time of birth tells it from a stranger that has the same number today.
        if found["born"] and _born(found["pid"]) == found["born"]:
            _signal(found["pid"], signal.SIGKILL)
            ended.append(mark.parent.name)
        mark.unlink(missing_ok=True)
    return ended


def forget(folder: Path) -> None:
    """The run has ended: nothing of it is to be found again."""
    (folder / _MARK).unlink(missing_ok=True)


def _born(pid: int) -> str:
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return shown.stdout.strip()


def group_alive(group: int) -> bool:
    """Whether a process of the group still runs; one that nobody waited for does not."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    shown = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=False
    )
    rows = (row.split() for row in shown.stdout.splitlines())
    return any(row[0] == str(group) and not row[1].startswith("Z") for row in rows if len(row) > 1)


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return
