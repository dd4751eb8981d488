"""Files that say which rows are gone: how many there are on what, and fewer of them."""

from __future__ import annotations

from typing import Any, Iterator, List

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkjob.contracts import Contract
from sparkjob.maintenance.partitions import filter_of
from sparkjob.maintenance.table import NOTHING, KeptTable

DELETED = 0.3
"""Share of deleted rows at which a file is written anew, as Iceberg's own default has it."""

AT_ONCE = 50
"""Partitions that one action rewrites; its filter names each of them."""

DATA = 0
_POSITION_DELETES = 1
_FILE_PATH_ID = (
    2147483546  # of the column file_path of position deletes (Iceberg's MetadataColumns)
)


def rewrite_position_deletes(table: KeptTable, contract: Contract) -> str:
    """Put small files of position deletes together, and drop those whose data files are gone.

    Tables of format 3 have none: a data file has one deletion vector, replaced in place.
    """
    if table.format_version != 2 or not has_deletes(table):  # noqa: PLR2004
        return NOTHING
    files = table.metadata("files")
    place = place_of(files)
    least = contract.maintenance.small_files
    target = F.coalesce(_only_target(files), F.lit(""))
    deletes = files.where(F.col("content") == _POSITION_DELETES).withColumn("target", target)
    data = files.where(F.col("content") == DATA).select(F.col("file_path").alias("target"))
    needed = F.when(F.col("live") | (F.col("target") == ""), F.col("target"))
    found = (
        deletes.join(data.withColumn("live", F.lit(True)), "target", "left")
        .groupBy(*place)
        .agg(F.count("*").alias("files"), F.countDistinct(needed).alias("targets"))
        # Deletes that each belong to a data file of their own cannot become fewer.
        .where(F.col("files") - F.col("targets") >= least - 1)
        .select(*place)
        .collect()
    )
    if not found:
        return NOTHING
    rewritten = added = 0
    for part in parts_of(found):
        action = table.marked(table.actions().rewritePositionDeletes(table.java))
        result = (
            action.filter(filter_of(table, part)).option("min-input-files", str(least)).execute()
        )
        rewritten += int(result.rewrittenDeleteFilesCount())
        added += int(result.addedDeleteFilesCount())
    return f"{rewritten:,} files of deletes written as {added:,}"


def much_deleted(files: DataFrame, contract: Contract) -> DataFrame:
    """Partitions in which a data file has many delete files, or lost many of its rows."""
    place = place_of(files)
    deletes = files.where(F.col("content") != DATA).withColumn("target", _only_target(files))
    shared = deletes.where(F.col("target").isNull()).groupBy(*place).agg(F.count("*").alias("many"))
    own = (
        deletes.where(F.col("target").isNotNull())
        .groupBy(F.col("target").alias("file_path"))
        .agg(F.count("*").alias("own"), F.sum("record_count").alias("gone"))
    )
    data = files.where(F.col("content") == DATA).select(*place, "file_path", "record_count")
    there = data.join(own, "file_path", "left")
    all_of = there.join(shared, [there[each].eqNullSafe(shared[each]) for each in place], "left")
    return all_of.where(
        (_or_0("own") + _or_0("many") >= contract.maintenance.delete_files)
        | (_or_0("gone") >= DELETED * F.col("record_count"))
    ).select(*(there[each] for each in place))


def place_of(files: DataFrame) -> List[str]:
    """The columns of a metadata table that say where a file belongs; one if nothing is split."""
    return ["spec_id", "partition"] if "partition" in files.columns else ["spec_id"]


def parts_of(partitions: List[Any]) -> Iterator[List[Any]]:
    """Partitions in parts, each small enough for one action."""
    for start in range(0, len(partitions), AT_ONCE):
        yield partitions[start : start + AT_ONCE]


def has_deletes(table: KeptTable) -> bool:
    """Whether any row of the table is hidden by a delete file."""
    current = table.java.currentSnapshot()
    return current is not None and int(dict(current.summary()).get("total-delete-files", 0)) > 0


def _or_0(column: str) -> Expression:
    return F.coalesce(F.col(column), F.lit(0))


def _only_target(files: DataFrame) -> Expression:
    """The data file to which all deletes of a file belong; null if they belong to several."""
    lower, upper = (files[bound][_FILE_PATH_ID] for bound in ("lower_bounds", "upper_bounds"))
    by_bounds = F.when(
        (F.col("content") == _POSITION_DELETES) & (lower == upper), lower.cast("string")
    )
    return F.coalesce(F.col("referenced_data_file"), by_bounds)
