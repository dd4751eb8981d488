"""Packages a job for EMR Serverless: plain Python, no Docker, the same bytes for the same input.

    package = package_job(job, tables=project.tables, release=release(job.spark.release), ...)

See docs/packaging.md for what is inside, and why.
"""

from sparkmodel.packaging.content_store import Artifact
from sparkmodel.packaging.contracts import contracts_json
from sparkmodel.packaging.environment import build_environment
from sparkmodel.packaging.errors import PackagingError
from sparkmodel.packaging.jars import locked_jars
from sparkmodel.packaging.lock import read_lock
from sparkmodel.packaging.package import JobPackage, default_cache, package_job
from sparkmodel.packaging.target import Target, target_of

__all__ = [
    "Artifact",
    "JobPackage",
    "PackagingError",
    "Target",
    "build_environment",
    "contracts_json",
    "default_cache",
    "locked_jars",
    "package_job",
    "read_lock",
    "target_of",
]
