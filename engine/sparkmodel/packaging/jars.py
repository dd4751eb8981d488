"""The jars of a job: every one with its sha256 in `jars.lock.json`.

A job fetches nothing when it starts: its subnets need no way to the internet, and it gets the bytes
that were tested. The lock lists the whole closure; nothing is resolved here.
"""

import hashlib
import importlib
from collections.abc import Callable
from pathlib import Path

from sparkmodel.packaging.content_store import Artifact, ContentStore
from sparkmodel.packaging.errors import Collected, refusal
from sparkmodel.packaging.files import workplace
from sparkmodel.packaging.jars_lock import Jar, read_jars_lock

_SUFFIX = ".jar"


def locked_jars(
    lock: Path,
    *,
    scala: str,
    cache: Path,
    name: str | None = None,
    beside: Path | None = None,
    fetch: Callable[[str, Path], bytes] | None = None,
) -> tuple[Artifact, ...]:
    """Every jar of a lock, in its order, from the cache or fetched.

    Args:
        lock: The `jars.lock.json`.
        scala: Binary version of Scala that the release has, such as `2.12`.
        cache: Folder of the jars.
        name: How messages call the lock. Default: its path.
        beside: A lock whose jars the job has too; this one may not have them again. Default: none.
        fetch: Gives the content of a coordinate; gets an empty folder to work in. Default: jgo.

    Raises:
        PackagingError: The lock is not in its form, a jar does not go with the release, cannot be
            fetched, or is not the one that was locked.
    """
    shown = name or lock.as_posix()
    store = ContentStore(cache / "jars")
    problems = Collected()
    found: list[Artifact] = []
    for jar in read_jars_lock(lock, scala=scala, name=shown, beside=beside):
        with problems.step():
            if not (artifact := store.find(jar.sha256, _SUFFIX)):
                content = _fetched(jar, cache / "jars", fetch or _with_jgo, shown)
                artifact = store.keep_bytes(content, _SUFFIX)
            found.append(artifact)
    problems.check()
    return tuple(found)


def _fetched(jar: Jar, folder: Path, fetch: Callable[[str, Path], bytes], name: str) -> bytes:
    text = ""
    try:
        with workplace(folder) as part:
            content = fetch(jar.coordinate, part)
    except ModuleNotFoundError:
        text = "is not in the cache, and jgo, which fetches jars, is missing: uv pip install jgo"
    except RuntimeError as error:
        text = f"cannot be fetched: {error}"
    else:
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 == jar.sha256:
            return content
        text = (
            f"has the sha256 {sha256}, not the one of the lock. It is not shipped: either the "
            "version was changed and the sha256 was not, or somebody serves another file."
        )
    raise refusal(name, text, line=jar.line, key=jar.coordinate)


def _with_jgo(coordinate: str, folder: Path) -> bytes:
    maven = importlib.import_module("jgo.maven")
    group, artifact, version, *classifier = coordinate.split(":")
    component = maven.MavenContext(repo_cache=folder).project(group, artifact).at_version(version)
    try:
        path: Path = component.artifact(*classifier).resolve()
    except OSError as error:  # What requests raises when there is no network.
        raise RuntimeError(f"the repository cannot be reached ({type(error).__name__})") from error
    return path.read_bytes()
