"""Jars by coordinate, checked against the committed lock, once per computer."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sparklaptop.cache import cache_dir
from sparklaptop.errors import LaptopError
from sparklaptop.lines import Jar, fetch_command, line

Progress = Callable[[str, int], None]
_WORKERS = 4
_TIMEOUT_SECONDS = 60


class Locked(Protocol):
    """Something whose jars are locked: a line of Spark, the broker."""

    @property
    def name(self) -> str:
        """What `python -m sparklaptop.tools fetch` calls it, and its folder in the cache."""

    @property
    def title(self) -> str:
        """What a person calls it."""

    @property
    def jars(self) -> tuple[Jar, ...]:
        """Its jars, in the order of the lock."""


def jar_folder(of: Locked) -> Path:
    """Where the jars lie."""
    return cache_dir() / "jars" / of.name


def missing_jars(of: Locked, *, verify: bool = False) -> tuple[Jar, ...]:
    """What must still be downloaded.

    Args:
        of: Whose jars.
        verify: Whether hashes are compared too, not sizes alone (0.2 s for a line of Spark).
    """
    folder = jar_folder(of)
    there = _is_intact if verify else _is_there
    return tuple(jar for jar in of.jars if not there(folder / jar.file_name, jar))


def _is_there(path: Path, jar: Jar) -> bool:
    return path.is_file() and path.stat().st_size == jar.size


def jars(name: str) -> tuple[Path, ...]:
    """The jars of Spark line `name`, in the order of the lock.

    Raises:
        LaptopError: Some are not in the cache; names the command that fetches them.
    """
    return jars_of(line(name))


def jars_of(wanted: Locked) -> tuple[Path, ...]:
    """The jars of something, in the order of its lock.

    Raises:
        LaptopError: Some are not in the cache; names the command that fetches them.
    """
    if absent := missing_jars(wanted):
        size = sum(jar.size for jar in absent) / 1e6
        raise LaptopError(
            f"{len(absent)} of the {len(wanted.jars)} jars of {wanted.title} are not in "
            f"{jar_folder(wanted)} ({size:.0f} MB to download).",
            next_command=fetch_command(wanted.name),
        )
    return tuple(jar_folder(wanted) / jar.file_name for jar in wanted.jars)


def fetch_jars(of: Locked, on_progress: Progress) -> None:
    """Download what is missing, a few at a time; a file appears only when its hash is right.

    Args:
        of: Whose jars.
        on_progress: Called with a file's name and how many bytes of it came, from several threads.

    Raises:
        LaptopError: A download failed, or its content is not what the lock says.
    """
    folder = jar_folder(of)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = missing_jars(of, verify=True)
    with ThreadPoolExecutor(_WORKERS) as pool:
        for done in [pool.submit(_fetch, jar, folder, on_progress) for jar in wanted]:
            done.result()


def _is_intact(path: Path, jar: Jar) -> bool:
    return _is_there(path, jar) and _digest(path) == jar.sha256


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fetch(jar: Jar, folder: Path, on_progress: Progress) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    try:
        found = _download(jar, scratch, on_progress)
        actual = _digest(found)
        if actual != jar.sha256:
            raise LaptopError(
                f"{jar.coordinate}: the download has sha256 {actual}, the lock says {jar.sha256}. "
                "Nothing was kept.",
                next_command=fetch_command(folder.name),
            )
        found.replace(folder / jar.file_name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _download(jar: Jar, scratch: Path, on_progress: Progress) -> Path:
    # jgo knows where Maven Central is; imported here, as it takes a third of a second.
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    @contextmanager
    def progress(name: str, _total: int) -> Iterator[Callable[[int], None]]:
        yield lambda count: on_progress(name, count)

    group, artifact, version = jar.coordinate.split(":")
    context = MavenContext(
        resolver=PythonResolver(progress_callback=progress),
        repo_cache=scratch,
        local_repos=[],
        timeout=_TIMEOUT_SECONDS,
    )
    try:
        component = context.project(group, artifact).at_version(version)
        return Path(os.fspath(component.artifact().resolve()))
    except Exception as error:
        raise LaptopError(
            f"{jar.coordinate} could not be downloaded: {type(error).__name__}: {error}",
            next_command=fetch_command(scratch.parent.name),
        ) from error
