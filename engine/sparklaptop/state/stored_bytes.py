"""The bytes of S3 objects, one file each; in memory there is only where they are."""

from __future__ import annotations

import threading
import time
import types
import uuid
from collections import deque
from pathlib import Path
from typing import Any, ClassVar

from moto.core.common_models import BaseModel
from moto.s3 import models
from moto.s3.models import FakeKey

from sparklaptop.untyped import MotoObject

# Who has begun to read an object reads it to its end, also when it is replaced meanwhile.
_LINGER_SECONDS = 60.0


class StoredBytes:
    """Stands where moto has a temporary file: written once, read often, never closed."""

    folder: ClassVar[Path]

    def __init__(self, *_: object) -> None:
        self.name = uuid.uuid4().hex
        self._position = 0

    @property
    def path(self) -> Path:
        """Its file."""
        return self.folder / self.name[:2] / self.name

    def seek(self, position: int) -> None:
        """Read from here on."""
        self._position = position

    def truncate(self) -> None:
        """Nothing to do: what is written next replaces everything."""

    def write(self, content: bytes) -> None:
        """Set the content."""
        try:
            self.path.write_bytes(content)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(content)

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Default: all that are left."""
        with self.path.open("rb") as file:
            file.seek(self._position)
            content = file.read(size)
        self._position += len(content)
        return content

    def close(self) -> None:
        """Nothing to do: a file goes when no row names it any more."""


class Trash:
    """Files that no row names any more; they go once nobody can be reading them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: deque[tuple[float, Path]] = deque()

    def add(self, name: str) -> None:
        """Let a file go, and those whose time has come."""
        now = time.monotonic()
        with self._lock:
            self._files.append((now, StoredBytes.folder / name[:2] / name))
            while self._files and self._files[0][0] < now - _LINGER_SECONDS:
                self._files.popleft()[1].unlink(missing_ok=True)


def apply(folder: Path) -> None:
    """Keep the bytes of objects in files.

    Args:
        folder: Where; made when it is not there.
    """
    folder.mkdir(exist_ok=True)
    StoredBytes.folder = folder
    vars(models)["tempfile"] = types.SimpleNamespace(SpooledTemporaryFile=StoredBytes)
    FakeKey.value = property(_value, FakeKey.value.fset)
    FakeKey.__getstate__ = _state
    FakeKey.__setstate__ = _set_state
    # moto empties the files of objects that Python collects; copies of them share the file.
    FakeKey.__del__ = lambda _self: None
    # For a page that shows them moto holds on to all objects ever made, deleted ones too.
    BaseModel.__new__ = _untracked


def _untracked(cls: type, *_: MotoObject, **__: MotoObject) -> MotoObject:
    return object.__new__(cls)


def _value(self: MotoObject) -> bytes:
    # Without the shared position: readers need no lock and no second copy.
    content: bytes = self._value_buffer.path.read_bytes()
    return content


def _state(self: MotoObject) -> dict[str, Any]:
    return {name: value for name, value in vars(self).items() if name != "lock"}


def _set_state(self: MotoObject, state: dict[str, Any]) -> None:
    self.__dict__.update(state)
    self.lock = threading.Lock()
