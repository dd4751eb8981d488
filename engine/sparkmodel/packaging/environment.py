"""The archive of a job's Python packages: a virtual environment for EMR, built without one.

Two levels of cache: what goes in (lock, target, this writer) leads to the sha256 of what came out,
and that to the file. An unchanged lock costs a look at two small files; a changed writer that gives
the same bytes ships nothing anew.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from sparkmodel.packaging import skeleton
from sparkmodel.packaging.closure import lacking
from sparkmodel.packaging.content_store import Artifact, ContentStore
from sparkmodel.packaging.errors import Collected, disk_of, refusal
from sparkmodel.packaging.files import write_bytes
from sparkmodel.packaging.pins import Lock
from sparkmodel.packaging.transcode import write_archive
from sparkmodel.packaging.tree import tree
from sparkmodel.packaging.wheel import Wheel
from sparkmodel.packaging.wheel_store import WheelStore

WRITER = 1
"""Version of how wheels become an archive: raise it whenever the same wheels give other bytes."""

# CDK names an asset after its last suffix: ".tar.gz" would arrive as ".gz", and Spark unpacks no
# ".gz".
_SUFFIX = ".tgz"


def build_environment(
    lock: Lock, *, cache: Path, progress: Callable[[str], None] = lambda _: None
) -> Artifact:
    """The archive of a lock, from the cache or built.

    Args:
        lock: Which packages, and for which target.
        cache: Folder of wheels and archives.
        progress: Is told, in a sentence, what takes time. Default: nobody is.

    Raises:
        PackagingError: A package has no wheel for the target, two packages do not go together, the
            lock lacks something, or the disk is full.
    """
    with disk_of(cache):
        archives = ContentStore(cache / "archives")
        record = cache / "inputs" / input_hash(lock)
        if found := _recorded(record, archives):
            return found
        wheels = WheelStore(cache / "wheels", progress=progress).wheels(lock)
        artifact = archives.keep(lambda out: _write(lock, wheels, out), _SUFFIX)
        write_bytes(record, artifact.sha256.encode())
        return artifact


def input_hash(lock: Lock) -> str:
    """The sha256 of all that decides over an archive's bytes."""
    target = [lock.target.python, lock.target.architecture, lock.target.glibc]
    ours = [WRITER, skeleton.launcher(lock.target), skeleton.settings(lock.target)]
    return hashlib.sha256(json.dumps([ours, target, lock.text]).encode()).hexdigest()


def _recorded(record: Path, archives: ContentStore) -> Artifact | None:
    try:
        sha256 = record.read_text()
    except OSError:
        return None
    return archives.find(sha256, _SUFFIX) if re.fullmatch("[0-9a-f]{64}", sha256) else None


def _write(lock: Lock, paths: list[Path], out: BinaryIO) -> str:
    with ExitStack() as stack:
        wheels = [stack.enter_context(_opened(path, lock)) for path in paths]
        pins = sorted(lock.wanted, key=lambda pin: pin.name)
        problems = Collected()
        problems.add(lacking(lock, zip(pins, wheels, strict=True)))
        with problems.step():
            nodes = tree(lock, wheels)
        problems.check()
        return write_archive(nodes, out)


def _opened(path: Path, lock: Lock) -> Wheel:
    if not zipfile.is_zipfile(path):
        raise refusal(lock.name, "is not a wheel, although its sha256 is right.", key=path.name)
    return Wheel(path)
