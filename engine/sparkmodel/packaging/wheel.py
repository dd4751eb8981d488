"""A wheel, opened: where its files go, and their deflate streams as they are.

Source: the binary distribution format of the Python packaging guide (PEP 427).
"""

import mmap
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_LOCAL_HEADER = 30
_OWNER_EXECUTES = 0o100


@dataclass(frozen=True)
class Packed:
    """One file inside a wheel.

    Args:
        wheel: Where it is.
        info: What the wheel's directory says of it.
    """

    wheel: "Wheel"
    info: zipfile.ZipInfo

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return self.info.file_size

    @property
    def executable(self) -> bool:
        """Whether it is marked as a program."""
        return bool((self.info.external_attr >> 16) & _OWNER_EXECUTES)

    @property
    def deflated(self) -> memoryview | None:
        """Its raw deflate stream; None if it is packed in another way."""
        if self.info.compress_type != zipfile.ZIP_DEFLATED:
            return None
        return self.wheel.stream(self.info)

    def content(self) -> bytes:
        """Its content."""
        return self.wheel.read(self.info)

    def same_as(self, other: "Packed") -> bool:
        """Whether both have the same content."""
        return (self.info.CRC, self.size) == (other.info.CRC, other.size)


class Wheel:
    """A wheel that is open for reading; use it in a `with` statement.

    Args:
        path: The file.

    Raises:
        zipfile.BadZipFile: It is not a wheel.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        with self.path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._view = memoryview(self._bytes)
        self._zip = zipfile.ZipFile(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._view.release()
        self._bytes.close()

    def files(self, site: str) -> Iterator[tuple[str, Packed]]:
        """Every file that an installer would place, with its path in the environment.

        Console scripts and C headers are left out: the one would carry the path of an interpreter,
        the other is of no use without a compiler. So is bytecode.

        Args:
            site: Where packages go, such as `lib/python3.11/site-packages/`.
        """
        for info in self._zip.infolist():
            path = _place(info.filename, site)
            if path is not None and not info.is_dir():
                yield path, Packed(self, info)

    def metadata(self) -> bytes:
        """The package's METADATA file; empty if there is none."""
        names = (name for name in self._zip.namelist() if name.count("/") == 1)
        found = next((name for name in names if name.endswith(".dist-info/METADATA")), None)
        return self._zip.read(found) if found else b""

    def stream(self, info: zipfile.ZipInfo) -> memoryview:
        """The bytes of one file as they are packed."""
        start = info.header_offset + _LOCAL_HEADER
        name, extra = self._view[start - 4 : start - 2], self._view[start - 2 : start]
        start += int.from_bytes(name, "little") + int.from_bytes(extra, "little")
        return self._view[start : start + info.compress_size]

    def read(self, info: zipfile.ZipInfo) -> bytes:
        """The content of one file, checked against its checksum."""
        return self._zip.read(info)


def _place(name: str, site: str) -> str | None:
    if "__pycache__/" in name or name.endswith((".pyc", ".pyo")):
        return None
    top, _, inside = name.partition("/")
    if not top.endswith(".data"):
        return site + name
    kind, _, rest = inside.partition("/")
    return {"purelib": site + rest, "platlib": site + rest, "data": rest}.get(kind)
