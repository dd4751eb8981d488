"""Packages jobs side by side, while the stacks are being made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from sparkmodel import Job, Problem, Table, Topic, release
from sparkmodel.packaging import JobPackage, PackagingError, package_job

_WORKERS = 2
"""Packaging waits for disk and downloads, and Python for Node.js: two are busy enough."""


class Packages:
    """Packages of jobs, begun at once and waited for one by one.

    Args:
        jobs: What to package.
        tables: Contracts by name; those of a job's outputs travel with its code.
        topics: Contracts of topics by name; those that a job reads or manages do so too.
    """

    def __init__(
        self, jobs: Iterable[Job], *, tables: Mapping[str, Table], topics: Mapping[str, Topic]
    ) -> None:
        pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="package")
        self._futures: dict[str, Future[JobPackage]] = {
            job.name: pool.submit(package, job, tables=tables, topics=topics) for job in jobs
        }
        pool.shutdown(wait=False)

    def __getitem__(self, job: str) -> JobPackage:
        """Wait for the package of a job.

        Raises:
            PackagingError: It, or another job, cannot be packaged; it says every reason of all.
        """
        try:
            return self._futures[job].result()
        except PackagingError:
            raise PackagingError(self._problems()) from None

    def _problems(self) -> list[Problem]:
        errors = [future.exception() for future in self._futures.values()]
        found = [error.problems for error in errors if isinstance(error, PackagingError)]
        return [problem for problems in found for problem in problems]


def package(job: Job, *, tables: Mapping[str, Table], topics: Mapping[str, Topic]) -> JobPackage:
    """Package one job for its release.

    Args:
        job: What to package.
        tables: Contracts by name.
        topics: Contracts of topics by name.

    Raises:
        PackagingError: It cannot be packaged; it says every reason.
    """
    return package_job(
        job,
        tables=tables,
        topics=topics,
        release=release(job.spark.release),
        spark_jobs=job.folder.parent,
    )
