"""Where downloads live: one folder per user, outside the project."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_dir() -> Path:
    """The cache folder: `$SPARKRAIL_CACHE`, else `~/.cache/sparkrail`."""
    configured = os.environ.get("SPARKRAIL_CACHE")
    return Path(configured).expanduser() if configured else Path.home() / ".cache" / "sparkrail"


@contextmanager
def built_folder(target: Path) -> Iterator[Path | None]:
    """Build the folder `target` all or nothing: yields a scratch folder, or None if it is there.

    The scratch folder lies beside the target, so that the final step is one rename. Two builders
    at once are harmless: the second finds the target in place and drops its own work.
    """
    if target.is_dir():
        yield None
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield scratch
        try:
            scratch.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
