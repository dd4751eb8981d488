"""Files through Hadoop's FileSystem: the one door to s3:// and to local paths alike."""

from __future__ import annotations

import re
from typing import Any, List, Optional, Tuple

from pyspark.sql import SparkSession

_PATTERN = "\\*?[]{}"


def pattern_of(spark: SparkSession, location: str) -> str:
    """Turn a location into a path pattern that finds it; empty if nothing is there.

    A location that exists as it is written is meant literally, even if it looks like a pattern.
    """
    path, system = _open(spark, location)
    literal = spark._jvm.org.apache.hadoop.fs.Path(escaped(location))
    if system.globStatus(literal):
        return escaped(location)
    return location if system.globStatus(path) else ""


def read_texts(spark: SparkSession, folder: str) -> Optional[List[Tuple[str, str]]]:
    """Read the small UTF-8 files of a folder, sorted by name; None if there is no such folder."""
    path, system = _open(spark, folder)
    if not system.exists(path):
        return None
    files = (status.getPath() for status in system.listStatus(path) if status.isFile())
    return sorted((str(file.toString()), _text(spark, system, file)) for file in files)


def read_text(spark: SparkSession, location: str) -> str:
    """Read a small UTF-8 file."""
    path, system = _open(spark, location)
    return _text(spark, system, path)


def names_in(spark: SparkSession, folder: str) -> List[str]:
    """The names of what is in a folder; none if there is no such folder."""
    path, system = _open(spark, folder)
    if not system.exists(path):
        return []
    return [str(status.getPath().getName()) for status in system.listStatus(path)]


def _text(spark: SparkSession, system: Any, path: Any) -> str:  # noqa: ANN401  objects of the JVM
    stream = system.open(path)
    try:
        return str(spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
    finally:
        stream.close()


def exists(spark: SparkSession, location: str) -> bool:
    """Whether there is a file or a folder."""
    path, system = _open(spark, location)
    return bool(system.exists(path))


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


def escaped(location: str) -> str:
    """Write a location as the path pattern that finds it and nothing else."""
    return "".join(f"\\{mark}" if mark in _PATTERN else mark for mark in location)


def unescaped(pattern: str) -> str:
    """Write a path pattern as the location that it finds."""
    return re.sub(r"\\(.)", r"\1", pattern)
