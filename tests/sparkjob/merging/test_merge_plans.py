"""Tables that are split alike are joined and merged without moving their rows, if asked for."""

from itertools import count

import pytest

from benchmarks.scans import plan_of
from sparkjob.contracts import parse_contract
from sparkjob.merging.sql import merge_sql

ALIKE = {
    "spark.sql.sources.v2.bucketing.enabled": "true",
    "spark.sql.sources.v2.bucketing.pushPartValues.enabled": "true",
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.iceberg.planning.preserve-data-grouping": "true",
}
"""As docs/merge.md says it."""

COLUMNS = {"id": {"type": "long", "required": True}, "state": {"type": "string"}}
_numbers = count(1)


@pytest.fixture
def make_tables(spark):
    """Create two tables that are split alike; the second has fewer parts."""

    def make(split):
        names = [f"lake.plans.t{next(_numbers)}" for _ in range(2)]
        for name, rows in zip(names, (range(40), range(20, 22)), strict=True):
            spark.sql(
                f"CREATE TABLE {name} (id bigint NOT NULL, state string) USING iceberg "
                f"PARTITIONED BY ({split}) TBLPROPERTIES ('write.merge.mode'='merge-on-read')"
            )
            frame = spark.createDataFrame(
                [(n, f"s{n % 3}") for n in rows], "id bigint, state string"
            )
            frame.coalesce(1).writeTo(name).append()
        return names

    return make


@pytest.fixture
def joined_alike(spark):
    """Let Spark know how tables are split, and no table be so small that it is sent around."""
    settings = {**ALIKE, "spark.sql.autoBroadcastJoinThreshold": "-1"}
    before = {name: spark.conf.get(name, None) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield
    for name, value in before.items():
        if value is None:
            spark.conf.unset(name)
        else:
            spark.conf.set(name, value)


def moved_for_the_join(plan):
    """How often rows move below the join; what is above it belongs to the writing."""
    return plan[plan.index("Join") :].count("Exchange")


def merge_plan(spark, target, source, *key):
    contract = parse_contract({"name": "a.b", "write": "merge", "key": key, "columns": COLUMNS})
    return plan_of(spark, merge_sql(spark, source, target, contract))


@pytest.mark.parametrize(("split", "key"), [("bucket(4, id)", ["id"]), ("state", ["state", "id"])])
def test_tables_split_by_their_key_are_merged_where_they_are(
    spark, make_tables, joined_alike, split, key
):
    target, source = make_tables(split)

    plan = merge_plan(spark, target, source, *key)

    assert moved_for_the_join(plan) == 0
    assert "filters=" in plan


def test_a_join_of_tables_split_alike_moves_no_rows(spark, make_tables, joined_alike):
    one, other = make_tables("bucket(4, id)")

    plan = plan_of(spark, f"SELECT * FROM {one} a JOIN {other} b ON a.id = b.id")

    assert moved_for_the_join(plan) == 0


def test_a_table_split_by_more_than_its_key_moves_rows(spark, make_tables, joined_alike):
    target, source = make_tables("state, bucket(4, id)")

    assert moved_for_the_join(merge_plan(spark, target, source, "id")) == 2


@pytest.mark.parametrize("missing", ALIKE)
def test_each_of_the_settings_is_needed(spark, make_tables, joined_alike, missing):
    one, other = make_tables("state")
    spark.conf.unset(missing)

    plan = plan_of(
        spark, f"SELECT * FROM {one} a JOIN {other} b ON a.state = b.state AND a.id = b.id"
    )

    assert moved_for_the_join(plan) == 2


def test_with_the_settings_a_part_is_one_task_however_large(spark, make_tables, joined_alike):
    table, _ = make_tables("bucket(1, id)")
    for n in range(5):
        spark.range(n, n + 1).selectExpr("id", "'x' AS state").writeTo(table).append()
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('read.split.open-file-cost'='134217728')")

    alike = spark.table(table).rdd.getNumPartitions()
    for name in ALIKE:
        spark.conf.unset(name)

    assert alike == 1
    assert spark.table(table).rdd.getNumPartitions() == 6
