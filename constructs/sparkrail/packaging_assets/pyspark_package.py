"""A job's code as assets."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from sparkmodel import Job, Table
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
        files: What was packaged ahead. Default: it is packaged now.
        shelf: Where the files go. Default: the stack's assets.

    Attributes:
        entry_point: URI of the file that Spark runs.
        code: URI of the code zip.
        environment: URI of the archive of Python packages; None when the job brings none.
        jars: URIs of the job's jars.
        readable: ARNs that the job's role must be allowed to read.

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
        files: JobPackage | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        super().__init__(scope, id_)
        files = files or package(job, tables=tables)
        to = shelf or AssetShelf(self)
        self.entry_point = to.uri(files.entry_point)
        self.code = to.uri(files.code)
        self.environment = to.uri(files.environment) if files.environment else None
        self.jars = tuple(to.uri(jar) for jar in files.jars)
        self.readable = to.readable
