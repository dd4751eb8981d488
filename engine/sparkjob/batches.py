"""A batch: exactly these files, as lists in a folder name them; not what lies beside them.

Each list is a JSON file {"objects": [{"uri": "s3://bucket/key", "size": 1, "etag": "..."}, ...]}.
A URI is meant letter by letter: nothing in it is a pattern, and a percent sign is one.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Tuple

from pyspark.sql import SparkSession

from sparkjob.errors import InputRefused, NotAvailable
from sparkjob.hadoop_files import escaped, read_texts

_HIDDEN = ("_", ".")


@dataclass(frozen=True)
class BatchFile:
    """One file of a batch: where it is, and its size in bytes."""

    uri: str
    size: int


@dataclass(frozen=True)
class Batch:
    """The files that a run reads.

    Args:
        location: The folder of the lists.
        files: Each file once. Those that Spark takes no notice of are left out: folders, and names
            that begin with _ or a full stop.
    """

    location: str
    files: Tuple[BatchFile, ...]

    @property
    def paths(self) -> List[str]:
        """A path for each file; Spark's readers find by it that file and no other."""
        return [escaped(file.uri) for file in self.files]

    @property
    def pattern(self) -> str:
        """All files as one path; without files it is that of an empty folder.

        Raises:
            NotAvailable: The files are in more than one bucket.
        """
        if not self.files:
            return Path(tempfile.mkdtemp(prefix="empty-batch-")).as_uri()
        buckets = {_bucket(file.uri) for file in self.files}
        if len(buckets) > 1:
            raise NotAvailable(
                f"the files of this batch are in {', '.join(sorted(buckets))}, so no path finds "
                "them all. Read them with run.read_csv."
            )
        [bucket] = buckets
        if len(self.files) == 1:
            return self.paths[0]
        # Braces with a / in them are resolved first, and that takes one level of escapes away.
        keys = [escaped(path[len(bucket) :]).replace(",", "\\,") for path in self.paths]
        return f"{bucket}{{{','.join(keys)}}}"


def read_batch(spark: SparkSession, location: str) -> Batch:
    """Read the lists of a batch.

    Args:
        spark: The session.
        location: The folder of the lists.

    Raises:
        InputRefused: There is no such folder, or a file in it is no list.
    """
    texts = read_texts(spark, location)
    if texts is None:
        raise InputRefused(f"there is no list of files at {location}")
    files = {file.uri: file for name, text in texts for file in _files(name, text)}
    return Batch(location, tuple(files[uri] for uri in sorted(files)))


def _bucket(uri: str) -> str:
    """The first part of a URI, up to the / before the key.

    >>> _bucket("s3://raw/hhs/a.csv")
    's3://raw/'
    """
    scheme, there, rest = uri.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/" if there else ""


def _files(name: str, text: str) -> List[BatchFile]:
    try:
        objects: List[Any] = json.loads(text)["objects"]
        found = [BatchFile(str(each["uri"]), int(each.get("size", 0))) for each in objects]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputRefused(
            f'{name} is no list of files. It should read like {{"objects": [{{"uri": '
            '"s3://bucket/key", "size": 1}]}'
        ) from None
    return [file for file in found if not _is_hidden(file.uri)]


def _is_hidden(uri: str) -> bool:
    name = uri.rpartition("/")[2]
    return not name or name.startswith(_HIDDEN)
