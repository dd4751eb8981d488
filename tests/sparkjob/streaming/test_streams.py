"""Records in, rows out: what read_stream, accept and write_stream promise."""

import json

import pytest
from conftest import MINUTES, ORDERS, SALES, ids, order, orders
from pyspark.sql import functions as F

from sparkjob.errors import ContractBroken, NotAvailable, StreamPoisoned
from sparkjob.streaming.kept_records import Record

pytestmark = pytest.mark.slow


def test_a_stream_writes_its_good_records_and_goes_on(make_stream, capfd):
    job = make_stream()

    first = job.run(orders, sales=[order(1), order(2)])
    second = job.run(orders, sales=[[order(3)], [order(4)]])

    assert ids(job) == ["o1", "o2", "o3", "o4"]
    assert first.rows["written"] == second.rows["written"] == 2
    assert second.report["state"] == "stopped"
    told = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line[:1] == "{"]
    assert [(line["batch"], line["rows"]) for line in told] == [(0, 2), (1, 1), (2, 1)]
    assert (job.reports / "committed" / "1").exists()
    assert json.loads((job.reports / "progress.json").read_text())["batch"] == 2


def test_bad_records_are_kept_with_their_place_and_the_rest_flows(make_stream):
    job = make_stream()
    bad = [b"\xff\xfe", None, '{"order_id": ', {"amount": 1.0}, order(7, amount="much")]
    good = [Record(order(n), key=None if n % 7 else f"k{n}") for n in range(100)]

    ran = job.run(orders, sales=[*good, *bad])

    assert ran.rows["read"] == 105
    assert ran.rows["good"] == ran.rows["written"] == 100
    assert ran.rows["quarantined"] == 5
    refused = {row["offset"]: row for row in job.quarantine().collect()}
    assert {at: row["reason"] for at, row in refused.items()} == {
        100: "not UTF-8",
        101: "no value",
        102: "not a JSON object",
        103: "order_id is missing",
        104: "amount is no double",
    }
    assert bytes(refused[100]["raw"]) == b"\xff\xfe"
    assert (refused[104]["topic"], refused[104]["partition"]) == ("sales", 0)


def test_a_job_gives_reasons_of_its_own(make_stream):
    def main(run):
        events = run.read_stream("sales")
        negative = F.when(F.col("amount") < 0, "amount is negative")
        good = run.accept(events.withColumn("_reason", F.coalesce("_reason", negative)))
        run.write_stream("orders", good.select("order_id", "amount")).start()

    job = make_stream()
    ran = job.run(main, sales=[order(1), order(2, amount=-1.0)])

    assert ran.rows["quarantined"] == 1
    assert [row["reason"] for row in job.quarantine().collect()] == ["amount is negative"]


def test_rows_that_break_a_check_go_to_quarantine_and_the_rest_flows(make_stream):
    checks = [
        {"column": "amount", "min": 0.0, "max": 10.0},
        {"column": "amount", "not_null": True},
        {"column": "amount", "max": 5.0, "action": "warn", "name": "amounts are small"},
    ]
    job = make_stream(checks=checks)

    ran = job.run(
        orders, sales=[order(1), order(2, amount=11.0), order(3, amount=None), order(4, amount=6.0)]
    )

    assert ids(job) == ["o1", "o4"]
    assert (ran.rows["good"], ran.rows["broken"], ran.rows["written"]) == (4, 2, 2)
    kept = {
        json.loads(bytes(r["raw"]))["order_id"]: r["reason"] for r in job.quarantine().collect()
    }
    assert kept == {
        "o2": "orders breaks 0 <= amount <= 10",
        "o3": "orders breaks amount is not null",
    }


def test_too_many_bad_records_stop_the_stream_before_anything_is_written(make_stream):
    job = make_stream(manifest={"stream": {"quarantine_minimum": 10}})
    job.run(orders, sales=[order(n) for n in range(8)])

    with pytest.raises(StreamPoisoned) as told:
        job.run(orders, sales=[[order(8), *["x"] * 3]])

    assert "3 of the last 12 records were refused (25.0 %), and the limit is 10 %" in str(
        told.value
    )
    assert "sales partition 0 offset 9: not a JSON object" in str(told.value)
    assert not told.value.retryable
    assert len(ids(job)) == 8
    assert job.quarantine().count() == 0
    report = json.loads((job.reports / "reports" / "1.json").read_text())
    assert (report["state"], report["error"], report["retryable"]) == (
        "failed",
        "StreamPoisoned",
        False,
    )


def test_few_records_are_not_judged(make_stream):
    job = make_stream()

    ran = job.run(orders, sales=["x", "y", order(1)])

    assert (ran.rows["quarantined"], ids(job)) == (2, ["o1"])


def test_a_merge_keeps_one_row_of_a_key_the_newer_or_the_later(make_stream):
    table = {**ORDERS, "write": "merge", "key": ["order_id"]}
    by_amount = make_stream(table={**table, "latest_by": "amount"})
    by_order = make_stream(table=table)
    sent = [
        [order(1, amount=2.0), order(1, amount=1.0), order(2), order(2)],
        [order(1, amount=1.5)],
    ]

    for job in (by_order, by_amount):
        job.reports = job.reports.parent / job.table_name("orders") / "reports"
        job.run(orders, sales=sent)

    assert rows(by_amount) == [("o1", 2.0), ("o2", 1.0)]
    assert rows(by_order) == [("o1", 1.5), ("o2", 1.0)]


def test_late_records_are_kept_and_the_accounts_add_up(make_stream):
    def by_minute(run):
        events = run.read_stream("sales")
        good = run.accept(events, closes=F.window("ordered_at", "1 minute")["end"])
        window = F.window("ordered_at", "1 minute")
        minutes = (
            good.withWatermark("ordered_at", "2 minutes")
            .groupBy(window)
            .agg(F.count("*").alias("orders"), F.sum("amount").alias("amount"))
            .select(F.col("window.end").alias("minute"), "orders", "amount")
        )
        run.write_stream("orders", minutes).start()

    def at(minute, second=0):
        return order(minute, ordered_at=f"2026-01-01T00:{minute:02}:{second:02}Z")

    job = make_stream(table=MINUTES)
    first = [at(0), at(1), at(1, 30), at(10), "x", order(99)]
    # Two batches later the watermark is 00:08.
    third = [at(9), at(8, 59), at(2), at(7, 59), at(7), at(20)]
    ran = job.run(by_minute, sales=[first, [at(10)], third, [at(30)], [at(40)]])

    assert ran.rows["read"] == 15
    assert (ran.rows["quarantined"], ran.rows["late"], ran.rows["good"]) == (2, 3, 10)
    late = [json.loads(bytes(row["raw"]))["ordered_at"][14:19] for row in job.late().collect()]
    assert sorted(late) == ["02:00", "07:00", "07:59"]
    assert {row["reason"] for row in job.quarantine().collect()} == {
        "not a JSON object",
        "no time, so that nothing says when it comes too late",
    }
    counted = {row["minute"].minute: row["orders"] for row in job.table("orders").collect()}
    # 40 is still open: what was written and what is in state are all good records.
    assert sum(counted.values()) == 9
    assert (counted[9], counted[10], counted[11]) == (1, 1, 2)


def test_duplicates_are_dropped_and_late_ones_are_kept(make_stream):
    def once(run):
        good = run.accept(run.read_stream("sales"), closes="ordered_at")
        unique = good.withWatermark("ordered_at", "1 minute").dropDuplicatesWithinWatermark(
            ["order_id"]
        )
        run.write_stream("orders", unique.select("order_id", "amount")).start()

    def at(number, minute):
        return order(number, ordered_at=f"2026-01-01T00:{minute:02}:00Z")

    job = make_stream()
    ran = job.run(once, sales=[[at(1, 0), at(1, 0), at(2, 10)], [at(4, 11)], [at(3, 5), at(2, 10)]])

    assert ids(job) == ["o1", "o2", "o4"]
    assert (ran.rows["read"], ran.rows["late"], ran.rows["good"]) == (6, 1, 5)
    assert job.late().count() == 1


@pytest.mark.parametrize(
    ("main", "told"),
    [
        (
            lambda run: run.write_stream("orders", run.read_stream("sales")),
            "call accept between",
        ),
        (lambda run: run.accept(run.read_stream("sales").select("order_id")), "needs the columns"),
        (
            lambda run: run.write_stream(
                "orders", run.accept(run.read_stream("sales")).withWatermark("ordered_at", "1 hour")
            ),
            "closes=",
        ),
        (lambda run: run.read_stream("sales"), "main called no write_stream"),
        (
            lambda run: run.write_stream(
                "orders", run.accept(run.read_stream("sales")).select("order_id", "amount")
            ),
            "nothing has started it",
        ),
        (lambda run: run.write_stream("order", run.spark.range(1)), 'Did you mean "orders"'),
    ],
    ids=["no accept", "no bookkeeping", "no closes", "no write", "no start", "misspelt"],
)
def test_a_wrong_call_says_what_is_right(make_stream, main, told):
    with pytest.raises(NotAvailable, match=told):
        make_stream().run(main, sales=[order(1)])


def test_columns_that_the_contract_does_not_have_are_refused_before_the_start(make_stream):
    def main(run):
        good = run.accept(run.read_stream("sales"))
        run.write_stream("orders", good.select("order_id", F.col("quantity").alias("amount")))

    with pytest.raises(ContractBroken, match="amount: is long, the contract says double"):
        make_stream().run(main, sales=[order(1)])


def test_records_with_unknown_fields_are_counted(make_stream):
    ran = make_stream().run(orders, sales=[order(1), order(2, color="red")])

    assert ran.rows["unknown_fields"] == 1
    assert ran.rows["good"] == 2


def test_an_empty_topic_writes_nothing(make_stream):
    job = make_stream(topic=SALES)

    assert job.run(orders, sales=[]).rows["read"] == 0


def rows(job):
    return sorted((row["order_id"], row["amount"]) for row in job.table("orders").collect())
