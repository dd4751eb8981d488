"""The environment of a job, unpacked once per computer, rebuilt where it was made for another."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sparklaptop.cache import built_folder, cache_dir
from sparklaptop.errors import LaptopError
from sparklaptop.tools import base_python, uv_binary

Say = Callable[[str], None]
_START_SECONDS = 60
# The archives' launcher takes this interpreter where EMR's image has its own at a fixed path.
PYTHON_VARIABLE = "SPARKRAIL_PYTHON"
# What EMR's image has (Amazon Linux 2023); wheels in an archive may ask for as much.
_GLIBC = (2, 34)


def place(archive: Path, target: Path, say: Say) -> None:
    """Make the archive's content appear as the folder `target`.

    Args:
        archive: The downloaded file.
        target: The folder that the job expects; it becomes a link into the cache.
        say: Told what was done besides unpacking.

    Raises:
        LaptopError: It cannot be unpacked, or cannot be rebuilt for this computer.
    """
    unpacked = _unpacked(archive)
    if not (unpacked / "pyvenv.cfg").exists():
        target.symlink_to(unpacked)
        return
    target.symlink_to(_usable(unpacked, say))


def _unpacked(archive: Path) -> Path:
    with archive.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    folder = cache_dir() / "environments" / digest
    with built_folder(folder) as scratch:
        if scratch is not None:
            try:
                with tarfile.open(archive) as tar:
                    tar.extractall(scratch, filter="tar")
            except (tarfile.TarError, EOFError) as error:
                raise LaptopError(
                    f"the archive {archive.name} cannot be unpacked: {error}"
                ) from error
    return folder


def _usable(unpacked: Path, say: Say) -> Path:
    wanted = dict(_settings(unpacked / "pyvenv.cfg"))
    why = _mismatch(wanted)
    if why is None:
        if _starts(unpacked):
            return unpacked
        why = f"Python {wanted.get('version', '3')} is not on it"
    return _rebuilt(unpacked, why, say)


def _settings(config: Path) -> Iterator[tuple[str, str]]:
    for line in config.read_text().splitlines():
        key, separator, value = line.partition("=")
        if separator:
            yield key.strip(), value.strip()


def _mismatch(wanted: dict[str, str]) -> str | None:
    if sys.platform != "linux":
        return f"the archive is for Linux, this computer runs {platform.system()}"
    machine = _architecture(platform.machine())
    built_for = _architecture(wanted.get("architecture", machine))
    if built_for != machine:
        return f"the archive is for {built_for}, this computer is {machine}"
    library, version = platform.libc_ver()
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if library != "glibc" or numbers < _GLIBC:
        needed = ".".join(map(str, _GLIBC))
        return f"the archive needs glibc {needed}, this computer has {library or 'none'} {version}"
    return None


def _architecture(name: str) -> str:
    return {"aarch64": "arm64", "amd64": "x86_64"}.get(name.lower(), name.lower())


def _starts(environment: Path) -> bool:
    # -I alone would still read the site-packages, which takes longer than the start.
    try:
        done = subprocess.run(
            [str(environment / "bin" / "python"), "-I", "-S", "-c", "pass"],
            capture_output=True,
            timeout=_START_SECONDS,
            env={"PATH": os.environ.get("PATH", ""), PYTHON_VARIABLE: str(base_python())},
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _rebuilt(unpacked: Path, why: str, say: Say) -> Path:
    lock = unpacked / "requirements.lock"
    if not lock.exists():
        raise LaptopError(f"the archive cannot run here ({why}) and carries no requirements.lock.")
    interpreter = base_python()
    seed = f"{lock.read_text()}\0{interpreter}\0{sys.platform}\0{platform.machine()}"
    name = f"host-{hashlib.sha256(seed.encode()).hexdigest()[:32]}"
    folder = unpacked.with_name(name)
    with built_folder(folder) as scratch:
        if scratch is not None:
            say(
                "this run uses a build of the same requirements.lock for this computer, made once: "
                f"{why}"
            )
            _uv("venv", "--quiet", "--relocatable", "--python", interpreter, "--clear", scratch)
            python = scratch / "bin" / "python"
            _uv("pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock)
            shutil.copy(lock, scratch / lock.name)
        else:
            say(f"this run uses the build of its requirements.lock for this computer: {why}")
    return folder


def _uv(*arguments: object) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    done = subprocess.run(
        [str(uv_binary()), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise LaptopError(
            "the archive could not be rebuilt for this computer (uv "
            f"{arguments[0]}):\n{done.stderr.strip()}"
        )
