"""Runs of different keys may publish at the same time; no row is lost and none is there twice."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparkjob import tables
from sparkjob.contracts import parse_contract
from sparkjob.tables import Stamp, make_table, publish

CONTRACT = parse_contract(
    {
        "name": "sales.daily",
        "write": "append",
        "columns": {"id": {"type": "long"}, "attempt": {"type": "long"}},
    }
)
KEYS = [f"202611{day:02}T063000Z" for day in range(1, 5)]
ROWS = 5


def attempts(spark, table, key):
    """Publish a key as a run does that is tried twice and then made again."""
    for number, (generation, attempt) in enumerate([(1, 1), (1, 2), (2, 1)], 1):
        make_table(spark, table, CONTRACT)
        frame = spark.range(ROWS).selectExpr("id", f"cast({number} as long) attempt").coalesce(1)
        publish(frame, table, CONTRACT, Stamp(key, generation, attempt))


@pytest.mark.slow
def test_four_keys_at_once_each_tried_twice_and_made_again_are_there_once(spark):
    table = "lake.commits.daily"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: attempts(spark, table, key), KEYS))

    found = spark.table(table).groupBy("run_key").count().collect()
    assert {row["run_key"]: row["count"] for row in found} == dict.fromkeys(KEYS, ROWS)
    assert spark.table(table).where("attempt <> 3").count() == 0


@pytest.mark.slow
def test_a_table_whose_own_retries_are_too_few_loses_nothing_either(spark):
    table = "lake.commits.stubborn"
    make_table(spark, table, CONTRACT)
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('commit.retry.num-retries' = '0')")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda key: attempts(spark, table, key), KEYS[:3]))

    assert spark.table(table).count() == 3 * ROWS


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        ("org.apache.iceberg.exceptions.CommitFailedException: stale", tables.COMMITS),
        ("org.apache.iceberg.exceptions.CommitStateUnknownException: lost", tables.COMMITS),
        ("org.apache.iceberg.exceptions.ValidationException: no", 1),
        ("Job aborted due to stage failure", 1),
    ],
)
def test_only_a_conflict_is_written_again_and_not_for_ever(monkeypatch, error, tries):
    seen = []

    def fails(*_):
        seen.append(1)
        raise RuntimeError(error)

    monkeypatch.setattr(tables, "_overwrite", fails)
    monkeypatch.setattr(tables.time, "sleep", lambda _: None)
    monkeypatch.setattr(tables, "random", random.Random(1))

    with pytest.raises(RuntimeError, match=error.rpartition(".")[2]):
        publish(None, "t", CONTRACT, Stamp("k", 1, 1))

    assert len(seen) == tries
