"""Files that appear whole or not at all, also when two processes write them at once."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_PARTS = "parts"
_LEFT_BEHIND_SECONDS = 24 * 3600
_BUFFER = 1 << 20


@contextmanager
def written(folder: Path) -> Iterator[BinaryIO]:
    """A new file on the disk of a folder; `place` it before the block ends, or it is gone."""
    descriptor, name = tempfile.mkstemp(dir=_parts_of(folder))
    os.close(descriptor)
    part = Path(name)
    try:
        with part.open("wb", buffering=_BUFFER) as file:
            yield file
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """An empty folder on the disk of a folder, gone when the block ends."""
    with tempfile.TemporaryDirectory(dir=_parts_of(folder)) as part:
        yield Path(part)


def place(file: Path, destination: Path) -> None:
    """Give a finished file of the same disk its name, replacing what was there."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    file.chmod(0o644)
    file.replace(destination)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a small file."""
    with written(path.parent) as file:
        file.write(content)
        file.flush()
        place(Path(file.name), path)


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parts_of(folder: Path) -> Path:
    """Where files of a folder are written, without what killed processes left there."""
    parts = folder / _PARTS
    parts.mkdir(parents=True, exist_ok=True)
    for each in parts.iterdir():
        try:
            if time.time() - each.stat().st_mtime < _LEFT_BEHIND_SECONDS:
                continue
        except FileNotFoundError:
            continue
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
    return parts
