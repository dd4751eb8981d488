"""The processes and files of runs, seen and hit from outside."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

log = logging.getLogger(__name__)
_MARK = "process.json"
_WORKER = "pyspark.daemon"
_SHUFFLE = "work/tmp/blockmgr-*/*/shuffle_*.data"


class Victims:
    """The runs of a laptop cloud.

    Args:
        runs: Their folder.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._job = lru_cache(maxsize=4096)(self._read_job)

    def living(self) -> Iterator[str]:
        """Ids of the runs that have a process."""
        for mark in self._runs.glob(f"*/{_MARK}"):
            yield mark.parent.name

    def job(self, run: str) -> str:
        """Name of the job of a run; empty for whoever is no run."""
        try:
            return self._job(run) if run else ""
        except (OSError, ValueError, KeyError):
            return ""

    def _read_job(self, run: str) -> str:
        shown = json.loads((self._runs / run / "command.json").read_text())
        return str(shown["request"].get("name", "")).partition("/")[0]

    def checkpoint(self, run: str) -> str:
        """Where the checkpoint of a stream's run is, as s3://...; empty for any other run."""
        try:
            shown = json.loads((self._runs / run / "command.json").read_text())
            words = shown["request"]["jobDriver"]["sparkSubmit"]["entryPointArguments"]
            return str(words[words.index("--checkpoint") + 1])
        except (OSError, ValueError, KeyError, IndexError):
            return ""

    def shuffles(self, run: str) -> bool:
        """Whether a shuffle file of the run lies on the disk."""
        return next((self._runs / run).glob(_SHUFFLE), None) is not None

    def group(self, run: str) -> int | None:
        """Its process group: spark-submit, its Java, the Python driver and the Python workers."""
        try:
            return int(json.loads((self._runs / run / _MARK).read_text())["pid"])
        except (OSError, ValueError, KeyError):
            return None

    def workers(self, run: str) -> list[int]:
        """Its Python workers; their common parent where none has been forked yet."""
        group = self.group(run)
        members = [row for row in _table() if row[2] == group and _WORKER in row[3]]
        parents = {pid for pid, *_ in members}
        forked = [pid for pid, parent, *_ in members if parent in parents]
        return forked or sorted(parents)

    def kill(self, run: str, what: str) -> bool:
        """SIGKILL the driver's whole process group, or one Python worker; whether it was there."""
        group = self.group(run)
        try:
            if group is None:
                return False
            if what == "driver":
                os.killpg(group, signal.SIGKILL)
                return True
            workers = self.workers(run)
            if workers:
                os.kill(workers[0], signal.SIGKILL)
            return bool(workers)
        except ProcessLookupError:
            return False

    def limit_files(self, run: str, size_bytes: int) -> bool:
        """From now on no process of the run can let a file grow beyond a size.

        Args:
            run: Its id.
            size_bytes: The size.
        """
        if sys.platform != "linux":
            log.warning("only Linux can limit the files of a process that runs: nothing was done")
            return False
        import resource  # noqa: PLC0415

        group = self.group(run)
        pids = [pid for pid, _, of, _ in _table() if of == group]
        for pid in pids:
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size_bytes, size_bytes))
            except (ProcessLookupError, PermissionError):
                continue
        return bool(pids)


def _table() -> list[tuple[int, int, int, str]]:
    shown = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,pgid=,args="],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    rows = (line.split(None, 3) for line in shown.splitlines())
    return [
        (int(pid), int(parent), int(group), "".join(args)) for pid, parent, group, *args in rows
    ]
