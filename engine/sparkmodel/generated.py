"""Where the code is of the jobs that nobody writes: a folder of each kind inside sparkjob."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_FOLDER = "generated"


def generated_folder(kind: str) -> Path:
    """Find the folder that every job of a kind has as its own.

    Args:
        kind: `maintenance` or `topics`.
    """
    spec = find_spec("sparkjob")
    assert spec is not None, "sparkmodel imports it"
    assert spec.origin is not None, "it is a folder with an __init__.py"
    return Path(spec.origin).parent / _FOLDER / kind
