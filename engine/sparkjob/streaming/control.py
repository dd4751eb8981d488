"""The files by which a stream and its reconciler talk: stop marker, first commit, report, pace."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from pyspark.sql import SparkSession

from sparkjob.hadoop_files import exists, write_text


class Control:
    """The control folder of a stream, as its driver uses it.

    Args:
        spark: The session.
        folder: Where it is. None: there is nobody to talk to.
        generation: Of this start; a marker for another one says nothing to it.
    """

    def __init__(self, spark: SparkSession, folder: Optional[str], generation: int) -> None:
        self._spark = spark
        self._folder = folder
        self._generation = generation

    def is_asked_to_stop(self) -> bool:
        """Whether this generation shall stop."""
        if self._folder is None:
            return False
        return exists(self._spark, f"{self._folder}/stop/{self._generation}")

    def tell_committed(self) -> None:
        """Say that this generation has committed a batch, so that its version works."""
        self._write(f"committed/{self._generation}", "")

    def tell_progress(self, line: Dict[str, Any]) -> None:
        """Say how far the stream is."""
        self._write("progress.json", json.dumps(line))

    def report(self, document: Dict[str, Any]) -> None:
        """Say how this generation ended."""
        self._write(f"reports/{self._generation}.json", json.dumps(document, indent=1))

    def _write(self, name: str, text: str) -> None:
        if self._folder is not None:
            write_text(self._spark, f"{self._folder}/{name}", text)
