"""The MERGE of a run: right whatever comes, and reading little of its target."""

import random
from datetime import datetime, timedelta
from itertools import count

import pytest

from benchmarks.scans import plan_of, scans_of
from sparkjob.contracts import parse_contract
from sparkjob.merging.sql import bounding_columns, merge_sql

SEED = 20261121
START = datetime(2026, 11, 1)
STATES = ("new", "accepted", "rejected")
MODES = ("merge-on-read", "copy-on-write")
COLUMNS = {
    "id": {"type": "long", "required": True},
    "status": {"type": "string", "required": True},
    "score": {"type": "int"},
    "changed_at": {"type": "timestamp", "required": True},
}
_numbers = count(1)


def contract_of(**said):
    told = {"name": "hints.hints", "write": "merge", "key": ["id"], "columns": COLUMNS}
    return parse_contract({**told, **said})


@pytest.fixture
def make_table(spark):
    """Create a table as its contract says; its files are those of the frames given."""

    def make(contract, *frames, mode="merge-on-read"):
        name = f"lake.merges.t{next(_numbers)}"
        columns = ", ".join(
            f"`{each.name}` {each.type}{' NOT NULL' if each.required else ''}"
            for each in contract.stored
        )
        split = ", ".join(each.sql for each in contract.partition)
        spark.sql(
            f"CREATE TABLE {name} ({columns}) USING iceberg"
            + (f" PARTITIONED BY ({split})" if split else "")
            + f" TBLPROPERTIES ('write.merge.mode'='{mode}', 'write.distribution-mode'='none')"
        )
        for frame in frames:
            frame.coalesce(1).writeTo(name).append()
        return name

    return make


@pytest.fixture
def merge(spark):
    """Merge rows into a table; `bounded=False` leaves out what was said of keys."""

    def merge(rows, table, contract):
        rows.createOrReplaceTempView("brought")
        statement = merge_sql(spark, "brought", table, contract)
        spark.sql(statement)
        return statement

    return merge


def hints(spark, *rows):
    schema = "id bigint, status string, score int, changed_at timestamp"
    full = [
        (id_, status, score, START + timedelta(hours=hour)) for id_, status, score, hour in rows
    ]
    return spark.createDataFrame(full, schema)


def found_in(spark, table):
    rows = spark.table(table).collect()
    hour = timedelta(hours=1)
    return sorted((r.id, r.status, r.score, (r.changed_at - START) // hour) for r in rows)


@pytest.mark.parametrize("mode", MODES)
def test_a_merge_leaves_what_a_dictionary_would(spark, make_table, merge, mode):
    source, contract = (
        random.Random(SEED),
        contract_of(partition=["status"], latest_by="changed_at"),
    )
    ids = [*range(40), 5 * 10**9, -(2**63), 2**63 - 1]
    table, wanted = make_table(contract, mode=mode), {}

    for _ in range(3):
        some = source.sample(ids, 20)
        rows = [(i, source.choice(STATES), source.randrange(9), source.randrange(9)) for i in some]
        merge(hints(spark, *rows), table, contract)
        wanted.update({r[0]: r for r in rows if r[0] not in wanted or r[3] >= wanted[r[0]][3]})

    assert found_in(spark, table) == sorted(wanted.values())


def test_a_row_that_changes_its_partition_is_there_once(spark, make_table, merge):
    contract = contract_of(partition=["status"])
    table = make_table(contract, hints(spark, (1, "new", 1, 0), (2, "new", 2, 0)))

    merge(hints(spark, (1, "accepted", 1, 1)), table, contract)

    assert found_in(spark, table) == [(1, "accepted", 1, 1), (2, "new", 2, 0)]


def test_without_latest_by_the_later_run_stays(spark, make_table, merge):
    contract = contract_of()
    table = make_table(contract, hints(spark, (1, "accepted", 1, 9)))

    merge(hints(spark, (1, "new", 1, 0)), table, contract)

    assert found_in(spark, table) == [(1, "new", 1, 0)]


def test_where_the_table_does_not_say_when_anything_is_newer(spark, make_table, merge):
    columns = {**COLUMNS, "changed_at": {"type": "timestamp"}}
    contract = contract_of(columns=columns, latest_by="changed_at")
    unknown = spark.sql("SELECT 1L AS id, 'new' AS status, 1 AS score, NULL AS changed_at")
    table = make_table(contract, unknown)

    merge(hints(spark, (1, "accepted", 1, 0)), table, contract)

    assert found_in(spark, table) == [(1, "accepted", 1, 0)]


def test_columns_that_the_contract_does_not_have_stay(spark, make_table, merge):
    newer = contract_of(columns={**COLUMNS, "person": {"type": "string"}})
    table = make_table(
        newer,
        spark.sql("SELECT 1L, 'new', 1, TIMESTAMP'2026-11-01', 'p1'").toDF(*newer_names(newer)),
    )

    merge(hints(spark, (1, "accepted", 2, 1), (2, "new", 1, 1)), table, contract_of())

    rows = spark.table(table).orderBy("id").select("id", "status", "person").collect()
    assert [tuple(row) for row in rows] == [(1, "accepted", "p1"), (2, "new", None)]


def newer_names(contract):
    return [each.name for each in contract.columns]


def test_a_table_that_is_nothing_but_its_key_gets_the_new_keys(spark, make_table, merge):
    contract = contract_of(columns={"id": COLUMNS["id"]})
    table = make_table(contract, spark.range(3))

    merge(spark.range(2, 5), table, contract)

    assert sorted(row.id for row in spark.table(table).collect()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("mode", MODES)
def test_files_without_a_key_of_the_source_are_not_read(spark, make_table, merge, mode):
    contract = contract_of(sort=["truncate(1000, id)"])
    parts = [
        hints(spark, *[(i, "new", 1, 0) for i in range(n, n + 50)]) for n in range(0, 10_000, 1000)
    ]
    table = make_table(contract, *parts, mode=mode)
    brought = hints(
        spark, (2001, "new", 2, 1), (2007, "new", 2, 1), (9001, "new", 2, 1), (10**15, "new", 2, 1)
    )

    with scans_of(spark, table) as scans:
        statement = merge(brought, table, contract)

    assert scans.most_files == 2
    assert "filters=" in plan_of(spark, statement)
    assert spark.table(table).where("score = 2").count() == 4


def test_a_branch_is_merged_into_and_main_is_not(spark, make_table, merge):
    contract = contract_of()
    table = make_table(contract, hints(spark, (1, "new", 1, 0)))
    spark.sql(f"ALTER TABLE {table} CREATE BRANCH run_a_1")

    merge(hints(spark, (1, "accepted", 1, 1)), f"{table}.branch_run_a_1", contract)

    assert found_in(spark, table) == [(1, "new", 1, 0)]
    assert found_in(spark, f"{table}.branch_run_a_1") == [(1, "accepted", 1, 1)]


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_brings_nothing_reads_no_file_and_still_commits(spark, make_table, merge, mode):
    table = make_table(contract_of(), hints(spark, (1, "new", 1, 0)), mode=mode)

    with scans_of(spark, table) as scans:
        merge(hints(spark), table, contract_of())

    assert scans.most_files == 0
    assert spark.table(f"{table}.snapshots").count() == 2
    assert found_in(spark, table) == [(1, "new", 1, 0)]


def test_a_key_that_comes_twice_for_one_row_is_refused_by_spark(spark, make_table, merge):
    table = make_table(contract_of(), hints(spark, (1, "new", 1, 0)))

    with pytest.raises(Exception, match="MERGE_CARDINALITY_VIOLATION"):
        merge(hints(spark, (1, "new", 2, 1), (1, "new", 3, 1)), table, contract_of())


def test_awkward_text_is_merged_by_its_key(spark, make_table, merge):
    columns = {"name": {"type": "string", "required": True}, "n": {"type": "int"}}
    contract = contract_of(key=["name"], columns=columns, partition=["name"])
    names = ["o'clock", 'say "x"', "back\\slash", "${x}", "é", "\uffee", "😀", ""]
    before = spark.createDataFrame([(name, 1) for name in names], "name string, n int")
    table = make_table(contract, before)

    merge(before.selectExpr("name", "2 AS n"), table, contract)

    assert sorted(tuple(row) for row in spark.table(table).collect()) == sorted(
        (n, 2) for n in names
    )


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        ({}, ["id"]),
        ({"key": ["score", "id"]}, ["score"]),
        ({"key": ["score", "id"], "sort": ["status", "truncate(10, id)"]}, ["id"]),
        (
            {"key": ["id", "changed_at"], "partition": ["day(changed_at)", "bucket(4, id)"]},
            ["changed_at"],
        ),
        ({"key": ["id", "status"], "partition": ["status"], "sort": ["id"]}, ["status", "id"]),
        ({"partition": ["status"]}, ["id"]),
        ({"key": ["flag"], "columns": {"flag": {"type": "boolean"}}}, []),
    ],
)
def test_bounds_are_of_key_columns_that_split_or_sort_files(said, columns):
    assert [each.name for each in bounding_columns(contract_of(**said))] == columns
