"""Why a server did not start, left for whoever started it."""

from __future__ import annotations

import json
from pathlib import Path

from sparklaptop.errors import LaptopError

_NAME = "refusal.json"


def write(state: Path, error: LaptopError) -> None:
    """Leave an error in the folder of a laptop cloud."""
    content = {"error": error.message, "next": error.next_command}
    (state / _NAME).write_text(json.dumps(content))


def take(state: Path) -> LaptopError | None:
    """The error that was left, once; None if there is none."""
    path = state / _NAME
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    path.unlink()
    return LaptopError(content["error"], next_command=content["next"])
