"""Files by the sha256 of their content: the lower level of the cache."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sparkmodel.packaging.files import place, sha256_of, write_bytes, written


@dataclass(frozen=True)
class Artifact:
    """A file to be shipped.

    Args:
        path: Where it is, in the cache.
        sha256: Of its content.
    """

    path: Path
    sha256: str


class ContentStore:
    """A folder of files named after their sha256.

    A file is hashed when it is written and whenever it does not look as it did then (size, times,
    inode), so that an unchanged one of a hundred MiB costs nothing and a damaged one is noticed.

    Args:
        folder: Where they are kept; made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, sha256: str, suffix: str) -> Artifact | None:
        """The file with this content; None if it is not there or no longer has this content."""
        path = self._folder / f"{sha256}{suffix}"
        try:
            if _look(path) == _remembered(path):
                return Artifact(path, sha256)
            if sha256_of(path) == sha256:
                return self._remember(Artifact(path, sha256))
        except OSError:
            return None
        return None

    def keep(self, write: Callable[[BinaryIO], str], suffix: str) -> Artifact:
        """Write a file.

        Args:
            write: Writes the content and returns its sha256.
            suffix: The end of the file's name, such as `.tgz`.
        """
        with written(self._folder) as file:
            sha256 = write(file)
            file.flush()
            artifact = Artifact(self._folder / f"{sha256}{suffix}", sha256)
            place(Path(file.name), artifact.path)
        return self._remember(artifact)

    def keep_bytes(self, content: bytes, suffix: str) -> Artifact:
        """Write a small file, unless it is there already; it is compared, not remembered."""
        sha256 = hashlib.sha256(content).hexdigest()
        artifact = Artifact(self._folder / f"{sha256}{suffix}", sha256)
        if not _holds(artifact.path, content):
            write_bytes(artifact.path, content)
        return artifact

    def _remember(self, artifact: Artifact) -> Artifact:
        write_bytes(_memory_of(artifact.path), json.dumps(_look(artifact.path)).encode())
        return artifact


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _memory_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.seen")


def _look(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _remembered(path: Path) -> object:
    try:
        return json.loads(_memory_of(path).read_text())
    except (OSError, ValueError):
        return None
