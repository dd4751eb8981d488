"""What an archive is built for: an interpreter, a processor, a C library."""

from dataclasses import dataclass
from typing import Literal, Protocol

Architecture = Literal["x86_64", "arm64"]

# Names that the manylinux tags had before they carried the glibc version (PEP 600).
_LEGACY_TAGS = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
# The oldest glibc that manylinux tags exist for, by machine (PEP 513, PEP 599).
_OLDEST_GLIBC_MINOR = {"x86_64": 5, "aarch64": 17}


class PythonPlatform(Protocol):
    """The part of an EMR release that packaging needs; `sparkmodel.Release` has it."""

    @property
    def python(self) -> str:
        """Version of PySpark's default interpreter, such as `3.11`."""

    @property
    def glibc(self) -> tuple[int, int]:
        """Version of the C library on the image."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A Linux computer that runs the archive.

    Args:
        python: Minor version of CPython, such as `3.11`.
        architecture: Processor, as EMR Serverless spells it.
        glibc: Version of the C library; wheels built for a newer one are not taken.
    """

    python: str
    architecture: Architecture
    glibc: tuple[int, int] = (2, 34)

    @property
    def machine(self) -> str:
        """The processor as Linux and wheel tags spell it."""
        return {"x86_64": "x86_64", "arm64": "aarch64"}[self.architecture]

    @property
    def interpreter(self) -> str:
        """Where EMR images keep this Python."""
        return f"/usr/bin/python{self.python}"

    @property
    def abi(self) -> str:
        """The tag of extension modules, such as `cp311`."""
        return "cp" + self.python.replace(".", "")

    @property
    def uv_platform(self) -> str:
        """The platform as `uv pip compile --python-platform` spells it."""
        return f"{self.machine}-manylinux_{self.glibc[0]}_{self.glibc[1]}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """Every platform tag that the C library can load, newest first."""
        tags: list[str] = []
        for minor in range(self.glibc[1], _OLDEST_GLIBC_MINOR[self.machine] - 1, -1):
            tags.append(f"manylinux_2_{minor}_{self.machine}")
            if minor in _LEGACY_TAGS:
                tags.append(f"{_LEGACY_TAGS[minor]}_{self.machine}")
        return tuple(tags)

    @property
    def markers(self) -> dict[str, str]:
        """The environment in which markers of requirements are read (PEP 508).

        The patch level of the interpreter is unknown, so it counts as 0: of two forks of a lock the
        one for the older patch level is taken.
        """
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    def __str__(self) -> str:
        return f"CPython {self.python} on Linux {self.architecture}, glibc {_dotted(self.glibc)}"


def target_of(release: PythonPlatform, architecture: Architecture) -> Target:
    """The target of an EMR release on a processor."""
    return Target(python=release.python, architecture=architecture, glibc=release.glibc)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
