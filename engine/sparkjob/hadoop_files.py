"""Files through Hadoop's FileSystem: the one door to s3:// and to local paths alike."""

from __future__ import annotations

from typing import Any, Tuple

from pyspark.sql import SparkSession

_PATTERN = "\\*?[]{}"


def pattern_of(spark: SparkSession, location: str) -> str:
    """Turn a location into a path pattern that finds it; empty if nothing is there.

    A location that exists as it is written is meant literally, even if it looks like a pattern.
    """
    path, system = _open(spark, location)
    literal = spark._jvm.org.apache.hadoop.fs.Path(_escaped(location))
    if system.globStatus(literal):
        return str(_escaped(location))
    return location if system.globStatus(path) else ""


def write_text(spark: SparkSession, location: str, text: str) -> None:
    """Write a small UTF-8 file, over the old one if there is one."""
    path, system = _open(spark, location)
    system.setWriteChecksum(False)
    stream = system.create(path, True)
    try:
        stream.write(bytearray(text.encode("utf-8")))
    finally:
        stream.close()


def readable(uri: str) -> str:
    """Show a local file's URI as the path that a person knows.

    >>> readable("file:/tmp/a.csv"), readable("s3://raw/a.csv")
    ('/tmp/a.csv', 's3://raw/a.csv')
    """
    return "/" + uri[len("file:") :].lstrip("/") if uri.startswith("file:") else uri


def _open(spark: SparkSession, location: str) -> Tuple[Any, Any]:
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    return path, path.getFileSystem(spark._jsc.hadoopConfiguration())


def _escaped(location: str) -> str:
    return "".join(f"\\{mark}" if mark in _PATTERN else mark for mark in location)
