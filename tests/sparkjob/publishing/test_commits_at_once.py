"""Refused rows of different keys may be committed at the same time; none is lost, none twice."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparkjob.evolution.prepare import prepare
from sparkjob.publishing import quarantine
from sparkjob.publishing.branches import Stamp
from sparkjob.publishing.quarantine import QUARANTINE, commit_rows, write_quarantine

KEYS = [f"202611{day:02}T063000Z" for day in range(1, 5)]
ROWS = 5


def attempts(spark, table, key):
    """Commit a key as a run does that is tried twice and then made again."""
    for number, (generation, attempt) in enumerate([(1, 1), (1, 2), (2, 1)], 1):
        frame = spark.range(ROWS).selectExpr(
            f"'{key}' run_key", f"'{number}' reason", "'f' file", "id line", "'x' raw"
        )
        stamp = Stamp("sales", key, generation, attempt)
        write_quarantine(spark, frame.coalesce(1), ROWS, table, stamp)


@pytest.mark.slow
def test_four_keys_at_once_each_tried_twice_and_made_again_are_there_once(spark):
    table = "lake.commits.daily_quarantine"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: attempts(spark, table, key), KEYS))

    found = spark.table(table).groupBy("run_key").count().collect()
    assert {row["run_key"]: row["count"] for row in found} == dict.fromkeys(KEYS, ROWS)
    assert spark.table(table).where("reason <> '3'").count() == 0


@pytest.mark.slow
def test_a_table_whose_own_retries_are_too_few_loses_nothing_either(spark):
    table = "lake.commits.stubborn"
    prepare(spark, table, QUARANTINE)
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('commit.retry.num-retries' = '0')")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda key: attempts(spark, table, key), KEYS[:3]))

    assert spark.table(table).count() == 3 * ROWS


@pytest.mark.slow
def test_a_try_that_refuses_nothing_takes_the_rows_of_earlier_tries_away(spark):
    table = "lake.commits.clean"
    attempts(spark, table, KEYS[0])

    write_quarantine(spark, spark.table(table).limit(0), 0, table, Stamp("sales", KEYS[0], 2, 2))

    assert spark.table(table).count() == 0


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        ("org.apache.iceberg.exceptions.CommitFailedException: stale", quarantine.COMMITS),
        ("org.apache.iceberg.exceptions.CommitStateUnknownException: lost", quarantine.COMMITS),
        ("org.apache.iceberg.exceptions.ValidationException: no", 1),
        ("Job aborted due to stage failure", 1),
    ],
)
def test_only_a_conflict_is_written_again_and_not_for_ever(spark, monkeypatch, error, tries):
    seen = []

    class Writer:
        def option(self, *_):
            return self

        def overwrite(self, _):
            seen.append(1)
            raise RuntimeError(error)

    class Frame:
        def writeTo(self, _):
            return Writer()

    monkeypatch.setattr(quarantine.time, "sleep", lambda _: None)
    monkeypatch.setattr(quarantine, "random", random.Random(1))

    with pytest.raises(RuntimeError, match=error.rpartition(".")[2]):
        commit_rows(Frame(), "t", Stamp("sales", "k", 1, 1))

    assert len(seen) == tries
