"""What a broker needs of this computer: Java, Kafka's jars, and our few classes, compiled once."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sparklaptop.cache import built_folder, cache_dir
from sparklaptop.errors import LaptopError
from sparklaptop.jars import jars_of
from sparklaptop.java import find_java
from sparklaptop.lines import Jar, locked

_SOURCES = Path(__file__).parent / "java"
_COMPILER = "ecj-"
_COMPILE_SECONDS = 120


@dataclass(frozen=True)
class Software:
    """Kafka 3.9, and the compiler of the classes that make it answer as MSK Serverless does."""

    name: str = "kafka"
    title: str = "Kafka 3.9"

    @property
    def jars(self) -> tuple[Jar, ...]:
        """The broker's runtime closure, then the compiler."""
        return locked("kafka-3.9") + locked("ecj-3.40")


SOFTWARE = Software()


@dataclass(frozen=True)
class Runtime:
    """What starts a broker: the program and the class path."""

    java: Path
    class_path: str


def runtime() -> Runtime:
    """What starts a broker here; our classes are compiled when nobody has done it yet.

    Raises:
        LaptopError: Java or jars are missing, or the compiler refused.
    """
    home, found = find_java(), jars_of(SOFTWARE)
    jars = [jar for jar in found if not jar.name.startswith(_COMPILER)]
    compiler = next(jar for jar in found if jar.name.startswith(_COMPILER))
    own = _compiled(home / "bin" / "java", compiler, jars)
    # The wildcard keeps the command short enough to read; it leaves nothing out, as the compiler
    # beside the broker's jars is harmless there.
    path = f"{own}:{jars[0].parent / '*'}"
    return Runtime(java=home / "bin" / "java", class_path=path)


def _compiled(java: Path, compiler: Path, jars: list[Path]) -> Path:
    sources = sorted(_SOURCES.rglob("*.java"))
    seed = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources))
    seed.update("\n".join(jar.name for jar in [compiler, *jars]).encode())
    folder = cache_dir() / "classes" / f"kafka-{seed.hexdigest()[:16]}"
    with built_folder(folder) as scratch:
        if scratch is not None:
            _compile(java, compiler, jars, sources, scratch)
    return folder


def _compile(
    java: Path, compiler: Path, jars: list[Path], sources: list[Path], target: Path
) -> None:
    command = [str(java), "-jar", str(compiler), "-17", "-proc:none", "-nowarn", "-d", str(target)]
    command += ["-cp", ":".join(map(str, jars)), *map(str, sources)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_COMPILE_SECONDS, check=False
    )
    if done.returncode:
        raise LaptopError(f"the broker's own classes do not compile:\n{done.stderr.strip()}")
