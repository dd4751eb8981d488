"""Seeded rows of the table hints.hints, made in Spark: as many as wanted, none committed.

A hint says that a record may be about a person. Ids go up with time and are far apart, so that
truncate(100000000, hint_id) splits a table of 10 million rows into 1,000 runs of ids.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession

ID_STEP = 10_000
SEED = 20261121
STATUSES = ("new", "viewed", "accepted", "rejected")
TYPES = ("record", "photo", "tree")
_HASH = f"abs(xxhash64(n, {SEED}, '{{0}}'))"


def hints(spark: SparkSession, rows: int) -> DataFrame:
    """So many hints as they were first: ids 0 to rows * ID_STEP, one somewhere in each step."""
    return _shaped(spark.range(rows).withColumnRenamed("id", "n"), turn=0)


def changes(spark: SparkSession, rows: int, changed: int, *, far_off: bool = True) -> DataFrame:
    """An hour of changes to a table of so many rows, half of them to rows that are there.

    Args:
        spark: The session.
        rows: Of the table.
        changed: So many changes: to the newest hints, and hints that are newer still.
        far_off: One change to the very first hint as well.
    """
    newest = spark.range(rows - changed // 2, rows + changed - changed // 2)
    first = spark.range(1) if far_off else spark.range(0)
    return _shaped(newest.union(first).withColumnRenamed("id", "n"), turn=1)


def _shaped(numbers: DataFrame, *, turn: int) -> DataFrame:
    """The columns of the contract tables/hints/hints.toml; each turn has other statuses."""
    return numbers.selectExpr(
        f"n * {ID_STEP} + {_HASH.format('id')} % {ID_STEP} AS hint_id",
        f"concat('person-', {_HASH.format('person')} % 1000000) AS person_id",
        f"concat('record-', {_HASH.format('record')}) AS record_id",
        f"{_one_of(STATUSES, f'status{turn}')} AS status",
        f"{_one_of(TYPES, 'type')} AS type",
        f"{_HASH.format(f'score{turn}')} % 10001 / 10000.0D AS score",
        f"TIMESTAMP'2026-11-20 00:00:00Z' + make_dt_interval({turn}, 0, 0, n % 86400)"
        " AS changed_at",
    )


def _one_of(values: tuple[str, ...], salt: str) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"element_at(array({listed}), CAST({_HASH.format(salt)} % {len(values)} AS INT) + 1)"
