"""`cloud.json`: which process serves a laptop cloud, and where."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from sparklaptop.untyped import Json


class CloudFile:
    """The file that says where a laptop cloud is; it exists only while that serves.

    Args:
        state: Folder of the laptop cloud.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / "cloud.json"

    def write(self, *, started_at: datetime, **content: Json) -> None:
        """Write it in one step."""
        scratch = self._path.with_suffix(".part")
        content["started_at"] = started_at.isoformat(timespec="seconds")
        scratch.write_text(json.dumps(content, indent=2) + "\n")
        scratch.replace(self._path)

    def read(self) -> dict[str, Any] | None:
        """Its content; None where there is no readable file."""
        try:
            content: dict[str, Any] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return None
        return content

    def remove(self) -> None:
        """Remove it if it is this process's own."""
        content = self.read()
        if content and content.get("pid") == os.getpid():
            self._path.unlink(missing_ok=True)

    def remove_stale(self) -> None:
        """Remove it: its process is gone."""
        self._path.unlink(missing_ok=True)
