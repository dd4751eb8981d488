"""A job's code as assets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from constructs import Construct

from sparkmodel import Job, Table, Topic
from sparkmodel.packaging import JobPackage
from sparkrail.packaging_assets.packages import package
from sparkrail.packaging_assets.shelf import AssetShelf, Shelf


class PySparkPackage(Construct):
    """A job's entry point, code, Python packages and jars, as files in the assets bucket.

    The files are built before they become assets, by plain Python and without Docker; what has not
    changed comes from the cache.

    Args:
        job: What to package, for the release and architecture that it names.
        tables: Contracts by name; those of the job's outputs travel with the code.
        topics: Contracts of topics by name; those that the job reads or manages do so too.
            Default: there are none.
        files: What was packaged ahead. Default: it is packaged now.
        shelf: Where the files go. Default: the stack's assets.

    Attributes:
        entry_point: URI of the file that Spark runs.
        code: URI of the code zip.
        environment: URI of the archive of Python packages; None when the job brings none.
        jars: URIs of the job's jars.
        readable: ARNs that the job's role must be allowed to read.
        digest: Changes with the content of any of these.

    Raises:
        PackagingError: The job's files cannot be packaged; it says every reason.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        job: Job,
        tables: Mapping[str, Table],
        topics: Mapping[str, Topic] | None = None,
        files: JobPackage | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        super().__init__(scope, id_)
        files = files or package(job, tables=tables, topics=topics or {})
        to = shelf or AssetShelf(self)
        self.entry_point = to.uri(files.entry_point)
        self.code = to.uri(files.code)
        self.environment = to.uri(files.environment) if files.environment else None
        self.jars = tuple(to.uri(jar) for jar in files.jars)
        self.readable = to.readable
        self.digest = _digest(files)


def _digest(files: JobPackage) -> str:
    environment = [files.environment] if files.environment else []
    parts = [files.entry_point, files.code, *environment, *files.jars]
    return hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest()
