"""What a driver did, a line each, written before it dies of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class Events:
    """A file of events, of which one process writes and another reads.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0
        self._waiting: list[Event] = []

    def tell(self, what: str, **more: Any) -> None:  # noqa: ANN401
        """Write an event; it is there although the process is killed right after."""
        line = json.dumps({"what": what, "time": time.time(), **more}) + "\n"
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def all(self) -> list[Event]:
        """All events."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def new(self) -> list[Event]:
        """Those since the last call."""
        found, self._waiting = self._waiting, []
        if not self.path.exists():
            return found
        with self.path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                self._read += len(line)
                found.append(json.loads(line))
        return found

    def unread(self, events: Sequence[Event]) -> None:
        """Let some come again."""
        self._waiting = [*events, *self._waiting]
