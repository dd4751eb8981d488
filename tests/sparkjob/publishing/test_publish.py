"""From a branch into the table: what each write mode does, and what others may do meanwhile."""

import functools
import re

import pytest
from publishing_jobs import SCHEMA, before_publishing, branches, job_of, rows_of, writes

from sparkjob.arguments import parse_arguments
from sparkjob.contracts import Contracts
from sparkjob.entry import execute
from sparkjob.errors import ContractBroken, NotPublished
from sparkjob.job_run import Run

MODES = ["replace", "overwrite_partitions", "merge", "append"]
DAILY = {"interval": {"every": "day"}, "trigger": {"cron": "30 6 * * ? *"}}


@pytest.fixture
def job_in(spark, tmp_path):
    """Make a job whose output has a write mode."""
    return functools.partial(job_of, spark, tmp_path)


def insert(job, *rows):
    """What another writer commits."""

    def deed():
        table = job.table_name("daily")
        columns = job.spark.table(table).columns
        run_key = ", 'other'" if "run_key" in columns else ""
        values = ", ".join(f"('{id_}', {amount}{run_key})" for id_, amount in rows)
        job.spark.sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}")

    return deed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("write", "left"),
    [
        ("replace", [("b", 3.0), ("c", 4.0)]),
        ("overwrite_partitions", [("a", 1.0), ("b", 3.0), ("c", 4.0)]),
        ("merge", [("a", 1.0), ("b", 3.0), ("c", 4.0)]),
        ("append", [("a", 1.0), ("b", 2.0), ("b", 3.0), ("c", 4.0)]),
    ],
)
def test_a_run_changes_what_its_mode_says_and_leaves_no_branch(spark, tmp_path, write, left):
    job = job_of(spark, tmp_path, write)
    job.run(writes(("a", 1.0), ("b", 2.0)), key="monday")

    ran = job.run(writes(("b", 3.0), ("c", 4.0)), key="tuesday")

    assert rows_of(job) == left
    assert branches(job) == []
    assert ran.report["outputs"]["daily"]["published"] == "fast-forward"
    assert ran.report["outputs"]["daily"]["rows"] == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("write", "how", "left"),
    [
        ("replace", "fast-forward", [("b", 2.0)]),
        ("overwrite_partitions", "cherry-pick", [("a", 1.0), ("b", 2.0), ("z", 9.0)]),
        ("merge", "fast-forward", [("a", 1.0), ("b", 2.0), ("z", 9.0)]),
        ("append", "cherry-pick", [("a", 1.0), ("b", 2.0), ("z", 9.0)]),
    ],
)
def test_what_others_commit_meanwhile_stays(job_in, monkeypatch, write, how, left):
    job = job_in(write)
    job.run(writes(("a", 1.0)), key="monday")
    before_publishing(monkeypatch, insert(job, ("z", 9.0)))

    ran = job.run(writes(("b", 2.0)), key="tuesday")

    assert rows_of(job) == left
    assert branches(job) == []
    output = ran.report["outputs"]["daily"]
    assert output["published"] == how
    heads = job.spark.table(f"{job.table_name('daily')}.history").collect()
    assert [row["snapshot_id"] for row in heads[-2:]] == [
        output["base_snapshot_id"],
        output["snapshot_id"],
    ]


@pytest.mark.slow
def test_partitions_that_others_have_changed_are_written_anew(spark, tmp_path, monkeypatch):
    job = job_of(spark, tmp_path, "overwrite_partitions")
    job.run(writes(("a", 1.0)), key="monday")
    before_publishing(monkeypatch, insert(job, ("a", 7.0)))

    ran = job.run(writes(("a", 2.0)), key="tuesday")

    assert rows_of(job) == [("a", 2.0)]
    assert ran.report["outputs"]["daily"]["published"] == "fast-forward"


@pytest.mark.slow
def test_a_key_that_others_bring_meanwhile_is_merged_and_not_there_twice(
    spark, tmp_path, monkeypatch
):
    job = job_of(spark, tmp_path, "merge")
    job.run(writes(("a", 1.0)), key="monday")
    before_publishing(monkeypatch, insert(job, ("b", 7.0)))

    job.run(writes(("b", 2.0)), key="tuesday")

    assert rows_of(job) == [("a", 1.0), ("b", 2.0)]


@pytest.mark.slow
def test_a_run_that_is_never_first_says_so_and_changes_nothing(spark, tmp_path, monkeypatch):
    job = job_of(spark, tmp_path, "merge")
    job.run(writes(("a", 1.0)), key="monday")
    others = [insert(job, (name, 9.0)) for name in "pqrs"]
    before_publishing(monkeypatch, *others)
    monkeypatch.setattr("sparkjob.publishing.publication._LONGEST_PAUSE_SECONDS", 0)
    monkeypatch.setattr("sparkjob.publishing.iceberg._FIRST_PAUSE_SECONDS", 0)
    monkeypatch.setattr("sparkjob.publishing.publication.REMADE", 0)

    with pytest.raises(NotPublished, match="others committed"):
        job.run(writes(("b", 2.0)), key="tuesday")

    assert ("b", 2.0) not in rows_of(job)
    error = job.report(key="tuesday")["error"]
    assert error["retryable"] is True
    assert job.report(key="tuesday")["outputs"] == {}


@pytest.mark.slow
def test_a_generation_made_again_replaces_its_own_rows_although_others_came(
    spark, tmp_path, monkeypatch
):
    job = job_of(spark, tmp_path, "append")
    job.run(writes(("a", 1.0)), key="monday")
    before_publishing(monkeypatch, insert(job, ("z", 9.0)))

    job.run(writes(("b", 2.0)), key="monday", generation=2)

    assert rows_of(job) == [("b", 2.0), ("z", 9.0)]


@pytest.mark.parametrize("write", ["append", "merge"])
def test_a_second_attempt_finds_what_the_first_published(spark, tmp_path, write):
    job = job_of(spark, tmp_path, write)
    first = job.run(writes(("a", 1.0)), key="monday")
    insert(job, ("z", 9.0))()

    second = job.run(writes(("a", 1.0)), key="monday", attempt=2)

    assert rows_of(job) == [("a", 1.0), ("z", 9.0)]
    found, was = second.report["outputs"]["daily"], first.report["outputs"]["daily"]
    assert found == {**was, "published": "already"}


def test_a_second_attempt_finds_what_was_cherry_picked(spark, tmp_path, monkeypatch):
    job = job_of(spark, tmp_path, "append")
    job.run(writes(("a", 1.0)), key="monday")
    before_publishing(monkeypatch, insert(job, ("z", 9.0)))
    first = job.run(writes(("b", 2.0)), key="tuesday")

    second = job.run(writes(("b", 2.0)), key="tuesday", attempt=2)

    assert rows_of(job) == [("a", 1.0), ("b", 2.0), ("z", 9.0)]
    assert second.report["outputs"]["daily"] == {
        **first.report["outputs"]["daily"],
        "published": "already",
    }


def test_what_was_published_and_rolled_back_is_published_again(spark, tmp_path):
    job = job_of(spark, tmp_path, "append")
    ran = job.run(writes(("a", 1.0)), key="monday")
    base = ran.report["outputs"]["daily"]["base_snapshot_id"]
    name = job.table_name("daily").partition(".")[2]
    spark.sql(f"CALL lake.system.rollback_to_snapshot('{name}', {base})")

    job.run(writes(("a", 1.0)), key="monday", attempt=2)

    assert rows_of(job) == [("a", 1.0)]


def test_rows_that_fail_stay_in_their_branch_and_the_error_says_where(spark, tmp_path):
    job = job_of(spark, tmp_path, "append", checks=[{"column": "amount", "min": 0}])
    job.run(writes(("a", 1.0)), key="monday")

    with pytest.raises(ContractBroken) as refused:
        job.run(writes(("b", -2.0)), key="tuesday")

    assert rows_of(job) == [("a", 1.0)]
    (branch,) = branches(job)
    assert branch.endswith("_tuesday_1")
    found = job.spark.table(f"{job.table_name('daily')}.branch_{branch}")
    assert sorted(row["id"] for row in found.collect()) == ["a", "b"]
    told = str(refused.value)
    assert re.search(r"at least until \d{4}-\d\d-\d\d \d\d:\d\d UTC", told)
    assert f'sparkrail query --branch {tmp_path.name}/tuesday "SELECT * FROM sales.daily"' in told


def test_the_branch_of_rows_that_failed_begins_anew(spark, tmp_path):
    job = job_of(spark, tmp_path, "append", checks=[{"column": "amount", "min": 0}])
    with pytest.raises(ContractBroken):
        job.run(writes(("a", -1.0)), key="monday")

    job.run(writes(("a", 1.0)), key="monday", attempt=2)

    assert rows_of(job) == [("a", 1.0)]
    assert branches(job) == []


def test_a_branch_is_kept_for_seven_days(spark, tmp_path):
    job = job_of(spark, tmp_path, "append", checks=[{"column": "amount", "min": 0}])
    with pytest.raises(ContractBroken):
        job.run(writes(("a", -1.0)), key="monday")

    refs = job.spark.table(f"{job.table_name('daily')}.refs").where("name <> 'main'").collect()
    assert [row["max_reference_age_in_ms"] for row in refs] == [7 * 24 * 60 * 60 * 1000]


@pytest.mark.parametrize("write", MODES)
def test_a_run_without_rows_is_published_as_well(spark, tmp_path, write):
    job = job_of(spark, tmp_path, write)
    job.run(writes(("a", 1.0)), key="monday")

    ran = job.run(lambda run: run.write("daily", run.spark.createDataFrame([], SCHEMA)), key="t")

    assert rows_of(job) == ([] if write == "replace" else [("a", 1.0)])
    assert ran.report["outputs"]["daily"]["rows"] == 0
    assert branches(job) == []


def test_two_rows_of_one_key_are_refused_before_they_are_merged(spark, tmp_path):
    job = job_of(spark, tmp_path, "merge")

    with pytest.raises(ContractBroken, match="2 of 3 rows of daily break unique key id") as refused:
        job.run(writes(("a", 1.0), ("a", 2.0), ("b", 3.0)), key="monday")

    assert "id a" in str(refused.value)
    assert not job.written("daily")


def test_each_snapshot_says_which_run_and_interval_it_is_of(spark, tmp_path):
    job = job_of(spark, tmp_path, "merge", manifest=DAILY)

    job.run(writes(("a", 1.0)), key="20261121T063000Z", generation=2, attempt=3)

    found = job.spark.table(f"{job.table_name('daily')}.snapshots").collect()[-1]["summary"]
    assert {
        "wap.id": f"{tmp_path.name}.20261121T063000Z.2",
        "sparkrail.job": tmp_path.name,
        "sparkrail.run-key": "20261121T063000Z",
        "sparkrail.generation": "2",
        "sparkrail.attempt": "3",
        "sparkrail.interval": "20261120T000000Z",
    }.items() <= found.items()


def test_an_earlier_interval_does_not_replace_a_later_one(spark, tmp_path):
    job = job_of(spark, tmp_path, "replace", manifest=DAILY)
    job.run(writes(("a", 2.0)), key="20261121T063000Z")
    job.run(writes(("a", 3.0)), key="20261121T063000Z", generation=2)

    with pytest.raises(NotPublished) as refused:
        job.run(writes(("a", 1.0)), key="20261120T063000Z")

    assert rows_of(job) == [("a", 3.0)]
    assert "holds the interval 20261120T000000Z" in str(refused.value)
    assert "sparkrail tables rollback sales.daily" in str(refused.value)
    assert job.report(key="20261120T063000Z")["error"]["retryable"] is False
    assert branches(job) == []

    job.run(writes(("a", 4.0)), key="20261122T063000Z")
    assert rows_of(job) == [("a", 4.0)]


def test_bare_spark_submit_changes_no_table_but_by_its_rows(spark):
    spark.sql("CREATE DATABASE IF NOT EXISTS lake.bare")
    spark.sql(
        "CREATE TABLE lake.bare.t (id string, amount double) USING iceberg PARTITIONED BY (id)"
    )
    arguments = parse_arguments(["--output", "daily=lake.bare.t"], script="sales/main.py")

    def run(main):
        made = Run(spark, arguments=arguments, contracts=Contracts({}, {}))
        return execute(main, made, arguments)

    assert run(writes(("a", 1.0))) is None
    error = run(lambda it: it.write("daily", spark.range(1).selectExpr("'b' id", "2 more")))

    assert [tuple(row) for row in spark.table("lake.bare.t").collect()] == [("a", 1.0)]
    assert "more: is int, the table has no such column" in str(error)
    told = spark.sql("DESCRIBE TABLE EXTENDED lake.bare.t").collect()
    assert "# Partition Information" in {row["col_name"] for row in told}
