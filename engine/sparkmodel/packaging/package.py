"""All that a job ships: entry point, code, Python packages, jars."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from sparkmodel.job import Job
from sparkmodel.packaging.code_zip import code_zip, sparkjob_folder
from sparkmodel.packaging.content_store import Artifact, ContentStore
from sparkmodel.packaging.contracts import contracts_json
from sparkmodel.packaging.environment import build_environment
from sparkmodel.packaging.errors import Collected, disk_of, refusal
from sparkmodel.packaging.jars import locked_jars
from sparkmodel.packaging.kafka_jars import kafka_lock
from sparkmodel.packaging.lock import read_lock
from sparkmodel.packaging.target import PythonPlatform, target_of
from sparkmodel.table import Table
from sparkmodel.topic import Topic

LOCK = "requirements.txt"
JARS_LOCK = "jars.lock.json"
_NO_TOPICS: Mapping[str, Topic] = MappingProxyType({})


class Platform(PythonPlatform, Protocol):
    """The part of an EMR release that packaging needs; `sparkmodel.Release` has it."""

    @property
    def scala(self) -> str:
        """Binary version of Scala, such as `2.12`."""

    @property
    def spark_line(self) -> str:
        """Spark's minor line, such as `3.5`."""


@dataclass(frozen=True, kw_only=True)
class JobPackage:
    """What StartJobRun needs of a job, as files named by their content.

    Args:
        entry_point: The job's `main.py`.
        code: The zip for `--py-files`.
        environment: The archive for `spark.archives`. None: the job has no packages of its own.
        jars: For `spark.jars`: Kafka's for a job that needs brokers, then the job's own, in the
            order of their locks.
    """

    entry_point: Artifact
    code: Artifact
    environment: Artifact | None
    jars: tuple[Artifact, ...]


def default_cache() -> Path:
    """Where wheels, archives and jars are kept: $SPARKRAIL_CACHE, or ~/.cache/sparkrail."""
    return Path(os.environ.get("SPARKRAIL_CACHE") or Path.home() / ".cache" / "sparkrail")


def package_job(
    job: Job,
    *,
    tables: Mapping[str, Table],
    topics: Mapping[str, Topic] = _NO_TOPICS,
    release: Platform,
    spark_jobs: Path,
    cache: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> JobPackage:
    """Package a job for a release. What was packaged before comes from the cache.

    Args:
        job: What to package, for the architecture that it names.
        tables: Contracts by `database.table`.
        topics: Contracts of topics by name. Default: there are none.
        release: What the image has.
        spark_jobs: The folder of all jobs; messages name files from its parent.
        cache: Where wheels, archives and jars are kept. Default: see `default_cache`.
        progress: Is told, in a sentence, what takes time. Default: lines on standard error.

    Raises:
        PackagingError: Everything that is wrong with the job's files, at once.
    """
    folder = (cache or default_cache()).expanduser().resolve()
    packer = _Packer(job, spark_jobs.parent, folder, progress or _tell)
    problems = Collected()
    with disk_of(folder):
        with problems.step():
            entry_point = packer.entry_point()
        with problems.step():
            code = packer.code(tables, topics)
        with problems.step():
            environment = packer.environment(release)
        with problems.step():
            jars = packer.jars(release)
    problems.check()
    return JobPackage(entry_point=entry_point, code=code, environment=environment, jars=jars)


class _Packer:
    def __init__(self, job: Job, root: Path, cache: Path, progress: Callable[[str], None]) -> None:
        self._job = job
        self._root = root
        self._cache = cache
        self._small = ContentStore(cache / "code")
        self._progress = progress

    def entry_point(self) -> Artifact:
        path = self._job.entry_point
        if not path.is_file():
            raise refusal(self._name(path), "does not exist. It is what Spark runs.")
        return self._small.keep_bytes(path.read_bytes(), ".py")

    def code(self, tables: Mapping[str, Table], topics: Mapping[str, Topic]) -> Artifact:
        contracts = contracts_json(self._job, tables, topics)
        content = code_zip(job=self._job.folder, sparkjob=sparkjob_folder(), contracts=contracts)
        return self._small.keep_bytes(content, ".zip")

    def environment(self, release: Platform) -> Artifact | None:
        path = self._job.folder / LOCK
        if not path.exists():
            return None
        target = target_of(release, self._job.spark.architecture)
        lock = read_lock(path, target=target, name=self._name(path))
        if not lock.wanted:
            return None
        return build_environment(lock, cache=self._cache, progress=self._progress)

    def jars(self, release: Platform) -> tuple[Artifact, ...]:
        ours = kafka_lock(release.spark_line) if self._job.needs_brokers else None
        path = self._job.folder / JARS_LOCK
        locks = [(ours, f"sparkmodel/locks/{ours.name}")] if ours else []
        if path.exists():
            locks.append((path, self._name(path)))
        return tuple(
            jar
            for lock, name in locks
            for jar in locked_jars(
                lock,
                scala=release.scala,
                cache=self._cache,
                name=name,
                beside=None if lock == ours else ours,
            )
        )

    def _name(self, path: Path) -> str:
        try:
            return path.relative_to(self._root).as_posix()
        except ValueError:
            return path.as_posix()


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
