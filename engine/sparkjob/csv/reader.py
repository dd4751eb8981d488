"""Read CSV files into a DataFrame of strings, with file, line, raw text and reason kept aside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterator, List, Tuple
from urllib.parse import unquote

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sparkjob.csv.file import EMPTY, Closing, Row, read_file, read_header
from sparkjob.csv.header import Wanted
from sparkjob.errors import InputRefused
from sparkjob.hadoop_files import pattern_of, readable, unescaped

FILE, LINE, RAW, REASON = "_file", "_line", "_raw", "_reason"
BOOKKEEPING = (FILE, LINE, RAW, REASON)
_CLOSING = "_closing"
_SHOWN_FILES = 5
_GONE = re.compile(r"Path does not exist: (\S.*?)\.?(?:\n|$)")


@dataclass(frozen=True)
class CsvInput:
    """What was read.

    Args:
        rows: The wanted columns, then those of BOOKKEEPING.
        records: How many records each file has.
        cached: The frame behind the rows, which holds memory until it is let go of.
    """

    rows: DataFrame
    records: Dict[str, int]
    cached: DataFrame


def csv_paths(spark: SparkSession, location: str) -> List[str]:
    """Say where the files of a location are; nothing in a folder is nothing to read.

    Args:
        spark: The session.
        location: A file, a folder (with those in it, hidden ones left out) or a pattern. With a /
            at its end it is a folder: in S3 an empty one is none.

    Raises:
        InputRefused: There is no such file, or the pattern finds none.
    """
    pattern = pattern_of(spark, location)
    if not pattern and not location.endswith("/"):
        raise InputRefused(f"there is no file at {readable(location)}")
    return [pattern] if pattern else []


def read_csv(spark: SparkSession, paths: List[str], wanted: Wanted) -> CsvInput:
    """Read all files at some paths once; each is one task and must fit into a worker's memory.

    Args:
        spark: The session.
        paths: Files, folders or patterns, as Spark's readers take them.
        wanted: The columns to keep. None named: all columns of all files, which reads them twice.

    Raises:
        InputRefused: One of the files is not what the job reads, or is gone.
    """
    files = _files(spark, paths) if paths else None
    listed = _listed(files) if files is not None else []
    if files is None or not listed:
        return _nothing(spark, wanted)
    if not wanted.columns:
        wanted = Wanted(optional=_all_columns(files))
    parsed = files.rdd.flatMap(_parser(wanted))
    frame = spark.createDataFrame(parsed, _schema(wanted), verifySchema=False)
    frame.persist(StorageLevel.MEMORY_AND_DISK)
    closings = _closings(frame, listed)
    refused = [closing for closing in closings if closing.problems]
    if refused:
        frame.unpersist()
        raise InputRefused(_told(refused))
    return CsvInput(
        rows=frame.where(F.col(_CLOSING).isNull()).drop(_CLOSING),
        records={closing.file: closing.records for closing in closings},
        cached=frame,
    )


def _files(spark: SparkSession, paths: List[str]) -> DataFrame:
    reader = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    try:
        return reader.load(paths).select("path", "content")
    except Exception as error:  # its type depends on the version of Spark
        gone = _GONE.search(str(error))
        if gone is None:
            raise
        raise InputRefused(f"a file is gone that was there before: {unescaped(gone[1])}") from None


def _nothing(spark: SparkSession, wanted: Wanted) -> CsvInput:
    empty = spark.createDataFrame([], _schema(wanted))
    return CsvInput(rows=empty.drop(_CLOSING), records={}, cached=empty)


def _parser(wanted: Wanted):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def parse(row: Tuple[str, bytes]) -> Iterator[Row]:
        return read_file(readable(row[0]), bytes(row[1]), wanted)

    return parse


def _all_columns(files: DataFrame) -> Tuple[str, ...]:
    def header(row: Tuple[str, bytes]) -> Tuple[str, ...]:
        return read_header(readable(row[0]), bytes(row[1]), Wanted()).header

    headers: List[Tuple[str, ...]] = files.rdd.map(header).collect()
    return tuple(dict.fromkeys(name for names in headers for name in names if name))


def _schema(wanted: Wanted) -> T.StructType:
    text = (*wanted.columns, FILE)
    fields = [T.StructField(name, T.StringType()) for name in text]
    fields.append(T.StructField(LINE, T.LongType()))
    fields += [T.StructField(name, T.StringType()) for name in (RAW, REASON, _CLOSING)]
    return T.StructType(fields)


def _listed(files: DataFrame) -> List[str]:
    return sorted(readable(unquote(uri)) for uri in files.inputFiles())


def _closings(frame: DataFrame, listed: List[str]) -> List[Closing]:
    """How reading each file went; Spark never opens those of 0 bytes."""
    rows = frame.where(F.col(_CLOSING).isNotNull()).select(_CLOSING).collect()
    read = {closing.file: closing for closing in (Closing.from_json(row[0]) for row in rows)}
    empty = {file: Closing(file, 0, (), (EMPTY,)) for file in listed if file not in read}
    return [found for _, found in sorted({**read, **empty}.items())]


def _told(refused: List[Closing]) -> str:
    told = [
        "\n  ".join([f"{closing.file} is not a file that this job reads:", *closing.problems])
        for closing in refused[:_SHOWN_FILES]
    ]
    if len(refused) > _SHOWN_FILES:
        told.append(f"and {len(refused) - _SHOWN_FILES} more files")
    return "\n".join(told)
