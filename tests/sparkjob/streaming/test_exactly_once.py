"""A batch that Spark takes again is published once; a stream never goes on where it must not."""

import json
import shutil

import pytest
from conftest import MINUTES, ORDERS, ids, order, orders
from pyspark.sql import functions as F

from sparkjob.errors import CheckpointRefused, NotPublished
from sparkjob.streaming import guard
from sparkjob.streaming.mark import Mark

pytestmark = pytest.mark.slow


def forget_newest_commit(job):
    """As a driver leaves it that dies after the sink and before Spark's log of commits."""
    commits = job.checkpoint / "commits"
    newest = max(int(path.name) for path in commits.iterdir() if path.name.isdigit())
    for path in (commits / str(newest), commits / f".{newest}.crc"):
        path.unlink(missing_ok=True)
    return newest


def keep(job, table, *, expire=True):
    """Compact a table, and forget all snapshots but the newest."""
    name = table.split(".", 1)[1]
    job.spark.sql(
        f"CALL lake.system.rewrite_data_files(table => '{name}', "
        "options => map('rewrite-all', 'true'))"
    )
    if expire:
        job.spark.sql(
            f"CALL lake.system.expire_snapshots(table => '{name}', retain_last => 1, "
            "older_than => TIMESTAMP '2099-01-01 00:00:00')"
        )


def mark_of(job):
    return guard.read_mark(job.spark, job.table_name("orders"), "sales_stream")


def test_a_batch_that_is_taken_again_after_compaction_and_expiry_is_there_once(make_stream):
    job = make_stream()
    job.run(orders, sales=[[order(1), order(2), "x"], [order(3), "y"]])
    table = job.table_name("orders")
    for each in (table, f"{table}_quarantine"):
        keep(job, each)
    assert forget_newest_commit(job) == 1

    again = job.run(orders, sales=[])

    assert again.report["batches"] == 1
    assert ids(job) == ["o1", "o2", "o3"]
    assert job.quarantine().count() == 2


def test_rows_that_were_staged_by_a_killed_try_are_staged_again(make_stream, monkeypatch):
    job = make_stream()
    real = guard.commit

    def killed(spark, table, change):
        if table.endswith("orders") and "add" in str(change):
            raise RuntimeError("killed")
        return real(spark, table, change)

    monkeypatch.setattr(guard, "commit", killed)
    with pytest.raises(RuntimeError, match="killed"):
        job.run(orders, sales=[order(1), "x"])
    monkeypatch.setattr(guard, "commit", real)
    job.run(orders, sales=[order(2)])

    assert ids(job) == ["o1", "o2"]
    assert job.quarantine().count() == 1


def test_a_merge_that_is_overtaken_by_compaction_is_made_anew(make_stream, monkeypatch):
    job = make_stream(table={**ORDERS, "write": "merge", "key": ["order_id"]})
    job.run(orders, sales=[order(1), order(2)])
    table, real, moved = job.table_name("orders"), guard.stage, []

    def overtaken(spark, name, write, wap_id):
        staged = real(spark, name, write, wap_id)
        if name == table and not moved:
            moved.append(keep(job, table, expire=False))
        return staged

    monkeypatch.setattr(guard, "stage", overtaken)
    job.run(orders, sales=[order(2, amount=5.0), order(3)])

    assert moved
    assert sorted((r["order_id"], r["amount"]) for r in job.table("orders").collect()) == [
        ("o1", 1.0),
        ("o2", 5.0),
        ("o3", 1.0),
    ]


def test_an_append_that_is_overtaken_by_compaction_is_published_as_it_is(make_stream, monkeypatch):
    job = make_stream()
    job.run(orders, sales=[[order(1)], [order(2)]])
    table, real, stages = job.table_name("orders"), guard.stage, []

    def overtaken(spark, name, write, wap_id):
        staged = real(spark, name, write, wap_id)
        keep(job, table, expire=False)
        stages.append(name)
        return staged

    monkeypatch.setattr(guard, "stage", overtaken)
    job.run(orders, sales=[order(3)])

    assert stages == [table]
    assert ids(job) == ["o1", "o2", "o3"]


def test_the_same_batch_published_twice_at_once_is_there_once(make_stream, spark, monkeypatch):
    job = make_stream()
    job.run(orders, sales=[order(1)])
    table, found = job.table_name("orders"), mark_of(job)
    mark = Mark(1, found.query, found.batch + 1)
    more = spark.createDataFrame(
        [("o2", 1.0, "stream")], "order_id string, amount double, run_key string"
    )
    real = guard.commit

    def second_first(*args):
        monkeypatch.setattr(guard, "commit", real)
        assert guard.publish(spark, table, more.writeTo(table).append, mark, "sales_stream")
        return real(*args)

    monkeypatch.setattr(guard, "commit", second_first)
    assert not guard.publish(spark, table, more.writeTo(table).append, mark, "sales_stream")

    spark.catalog.refreshTable(table)
    assert ids(job) == ["o1", "o2"]


def test_a_query_whose_place_was_taken_writes_no_more(make_stream, spark):
    job = make_stream()
    job.run(orders, sales=[order(1)])
    table, found = job.table_name("orders"), mark_of(job)
    guard.publish(spark, table, None, Mark(2, "another", 0), "sales_stream")

    with pytest.raises(NotPublished, match="state version 2"):
        guard.refuse_successor(mark_of(job), Mark(1, found.query, 1), table, "sales_stream")


def test_a_lost_checkpoint_is_refused_with_the_choices(make_stream):
    job = make_stream()
    job.run(orders, sales=[order(1)])
    shutil.rmtree(job.checkpoint)

    with pytest.raises(CheckpointRefused) as told:
        job.run(orders, sales=[order(2)])

    assert "it is gone, and the table has batch 0" in str(told.value)
    assert "raise stream.state_version to 2 in spark_jobs/sales_stream/job.toml" in str(told.value)
    assert not told.value.retryable
    assert ids(job) == ["o1"]


def test_a_truncated_checkpoint_is_refused(make_stream):
    job = make_stream()
    job.run(orders, sales=[[order(1)], [order(2)], [order(3)]])
    newest = job.checkpoint / "offsets" / "2"
    whole = newest.read_text()

    newest.write_text("")
    with pytest.raises(CheckpointRefused, match="offsets/2 is damaged"):
        job.run(orders, sales=[])
    newest.unlink()
    with pytest.raises(CheckpointRefused, match="newest batch is 1, and the table has batch 2"):
        job.run(orders, sales=[])
    newest.write_text(whole)
    (job.checkpoint / "offsets" / ".2.crc").unlink(missing_ok=True)

    assert job.run(orders, sales=[order(4)]).rows["written"] == 1
    assert ids(job) == ["o1", "o2", "o3", "o4"]


def test_state_that_the_query_cannot_read_is_refused_with_the_choices(make_stream):
    def counting(*more):
        def main(run):
            good = run.accept(
                run.read_stream("sales"), closes=F.window("ordered_at", "1 minute")["end"]
            )
            grouped = good.withWatermark("ordered_at", "1 minute").groupBy(
                F.window("ordered_at", "1 minute"), *more
            )
            minutes = grouped.agg(F.count("*").alias("orders"), F.sum("amount").alias("amount"))
            shown = minutes.select(F.col("window.end").alias("minute"), "orders", "amount")
            run.write_stream("orders", shown).start()

        return main

    job = make_stream(table=MINUTES)
    job.run(counting(), sales=[order(1, ordered_at="2026-01-01T00:00:00Z")])

    with pytest.raises(CheckpointRefused) as told:
        job.run(counting("order_id"), sales=[order(2, ordered_at="2026-01-01T00:01:00Z")])

    assert "the state in its checkpoint is not what the query reads" in str(told.value)
    assert "raise stream.state_version to 2" in str(told.value)
    report = json.loads((job.reports / "reports" / "1.json").read_text())
    assert (report["error"], report["retryable"]) == ("CheckpointRefused", False)
