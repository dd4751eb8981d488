"""The statement that merges what a run brings into a table, and reads little of that table.

A MERGE reads every file of its target unless the condition says which keys are meant. The rows of
a source touch a few ranges of keys; said as literals, they let Iceberg leave out all other files.
"""

from __future__ import annotations

from typing import List

from pyspark.sql import DataFrame, SparkSession

from sparkjob.contracts import Column, Contract, Transform
from sparkjob.merging.ranges import condition
from sparkjob.merging.scan import key_ranges
from sparkjob.merging.values import has_ranges

__all__ = ["bounding_columns", "bounds", "key_ranges", "merge_sql"]

RANGES = 16
VALUES = 64
"""Most ranges of a key column by whose very values the table is split: one file group each."""


def merge_sql(spark: SparkSession, source_view: str, target: str, contract: Contract) -> str:
    """Write the MERGE that brings the rows of a view into a table.

    Rows with a key that the table has replace the row there, unless the contract's `latest_by`
    says that the row there is newer; the others are added. Columns that the contract does not
    have stay as they are. The target is never narrowed by a column outside the key: a row may
    have moved to another partition.

    Args:
        spark: The session.
        source_view: Holds the columns of the contract, and no key twice: Spark refuses to update
            a row from two, but would add a new key as often as it comes. Read a few times, so
            cache it.
        target: The table or the branch to change, as SQL says it.
        contract: With a key.

    Returns:
        One statement. For a view without rows it changes nothing and reads no file.
    """
    keys = [f"t.`{name}` = s.`{name}`" for name in contract.key]
    clauses = [
        f"MERGE INTO {target} AS t USING {source_view} AS s",
        f"ON {' AND '.join(keys + bounds(spark.table(source_view), contract))}",
        *_update(contract),
        _insert(contract),
    ]
    return "\n".join(clauses)


def bounds(source: DataFrame, contract: Contract) -> List[str]:
    """Say as SQL in which keys of the target, `t`, the rows of a source can be found.

    Returns:
        Conditions that all hold for each row of the target that has the key of a row of the
        source; `false` if the source has no rows.
    """
    found = []
    for column in bounding_columns(contract):
        by_value = Transform(column.name) in contract.stored_partition
        ranges = key_ranges(source, column.name, VALUES if by_value else RANGES)
        if not ranges:
            return ["false"]
        try:
            found.append(condition(f"t.`{column.name}`", column.type, ranges))
        except ValueError:  # a key without a literal, such as a date of the year 12000: not bounded
            continue
    return found


def bounding_columns(contract: Contract) -> List[Column]:
    """The columns of the key by which files of the table can be left out.

    They are those that split its files and the first that sorts them; if there is none, the
    first of the key. A bucket says nothing of ranges.
    """
    keys = {each.name: each for each in contract.stored if each.name in contract.key}
    split = [each.column for each in contract.stored_partition if each.name != "bucket"]
    sort = [each.column for each in contract.sort if each.column in keys][:1]
    able = [name for name in contract.key if has_ranges(keys[name].type)]
    useful = [name for name in dict.fromkeys(split + sort) if name in able]
    return [keys[name] for name in useful or able[:1]]


def _update(contract: Contract) -> List[str]:
    """The clause for keys that are there; none for a table that is nothing but its key."""
    values = [each.name for each in contract.stored if each.name not in contract.key]
    if not values:
        return []
    changes = ", ".join(f"t.`{name}` = s.`{name}`" for name in values)
    return [f"WHEN MATCHED{_newer(contract)} THEN UPDATE SET {changes}"]


def _insert(contract: Contract) -> str:
    names = [f"`{each.name}`" for each in contract.stored]
    values = [f"s.{name}" for name in names]
    return f"WHEN NOT MATCHED THEN INSERT ({', '.join(names)}) VALUES ({', '.join(values)})"


def _newer(contract: Contract) -> str:
    if contract.latest_by is None:
        return ""
    name = contract.latest_by
    newer = f"s.`{name}` >= t.`{name}`"
    required = any(each.name == name and each.required for each in contract.stored)
    return f" AND {newer}" if required else f" AND (t.`{name}` IS NULL OR {newer})"
