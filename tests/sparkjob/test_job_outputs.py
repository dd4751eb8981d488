"""What may be published, and what publishing the same run again does."""

import pytest

from sparkjob.errors import ContractBroken, NotAvailable

SCHEMA = "id string, amount double"


def writes(*rows, schema=SCHEMA, output="daily"):
    return lambda run: run.write(output, run.spark.createDataFrame(rows, schema))


def snapshots(job):
    """Those of runs; a new table begins with one that has no rows and is nobody's."""
    found = job.spark.table(f"{job.table_name('daily')}.snapshots").collect()
    return [snapshot for snapshot in found if "sparkrail.job" in snapshot["summary"]]


def test_the_table_is_made_from_its_contract(make_job):
    columns = {
        "id": {"type": "string", "required": True, "doc": "The order's number"},
        "amount": {"type": "double", "doc": "In dollars"},
    }
    job = make_job(columns=columns, description="What's sold", partition=["id"])

    job.run(writes(("a", 1.0)))

    fields = job.table("daily").schema.fields
    assert [(field.name, field.nullable) for field in fields] == [("id", False), ("amount", True)]
    assert fields[0].metadata["comment"] == "The order's number"
    told = job.spark.sql(f"DESCRIBE TABLE EXTENDED {job.table_name('daily')}").collect()
    assert {"What's sold", "Part 0"} & {cell for row in told for cell in row} == {"What's sold"}


def test_columns_may_come_in_any_order(make_job):
    job = make_job()
    job.run(writes((1.0, "a"), schema="amount double, id string"))

    assert [tuple(row) for row in job.table("daily").collect()] == [("a", 1.0)]


def test_columns_that_break_the_contract_are_all_named(make_job):
    job = make_job()

    with pytest.raises(ContractBroken) as refused:
        job.run(writes(("a", "1", 2), schema="name string, amount string, more int"))

    assert "id: missing; the contract says string" in str(refused.value)
    assert "amount: is string, the contract says double" in str(refused.value)
    assert "more: is int, the contract has no such column" in str(refused.value)
    assert not job.written("daily")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", 1.0), (None, 2.0)], "1 of 2 rows of daily breaks? id is required"),
        ([("a", 1.0), ("a", 2.0)], "2 of 2 rows of daily breaks? unique key id"),
        ([("a", -1.0), ("b", 2.0)], "1 of 2 rows of daily breaks? 0 <= amount, for example id a"),
    ],
)
def test_rows_that_break_the_contract_leave_the_table_as_it_was(make_job, rows, told):
    job = make_job(checks=[{"column": "amount", "min": 0, "action": "fail"}])
    job.run(writes(("z", 9.0)), key="before")

    with pytest.raises(ContractBroken, match=told):
        job.run(writes(*rows), key="after")

    assert [tuple(row) for row in job.table("daily").collect()] == [("z", 9.0)]
    assert job.report(key="after")["error"]["retryable"] is False


def test_implausible_rows_are_published_and_reported(make_job):
    job = make_job(checks=[{"column": "amount", "min": 0, "max": 10, "action": "warn"}])

    ran = job.run(writes(("a", 10.5), ("b", -1.0), ("c", 10.0), ("d", None)))

    (finding,) = ran.report["suspicious"]
    assert finding == {
        "output": "daily",
        "check": "0 <= amount <= 10",
        "count": 2,
        "rows": 4,
        "found": "",
        "sample": ({"id": "a", "amount": 10.5}, {"id": "b", "amount": -1.0}),
    }
    assert ran.rows["written"] == 4


def test_a_table_that_differs_from_its_contract_is_not_touched(make_job):
    job = make_job()
    job.run(writes(("a", 1.0)))
    job.spark.sql(f"ALTER TABLE {job.table_name('daily')} ADD COLUMN extra int")

    with pytest.raises(ContractBroken, match="extra: the table has it, the contract does not"):
        job.run(writes(("b", 2.0)), key="next")

    assert job.table("daily").count() == 1


def test_replace_writes_the_whole_table_in_one_snapshot(make_job):
    job = make_job()
    job.run(writes(("a", 1.0), ("b", 2.0)), key="first")
    job.run(writes(("c", 3.0)), key="second")

    assert [tuple(row) for row in job.table("daily").collect()] == [("c", 3.0)]
    assert len(snapshots(job)) == 2


def test_a_snapshot_says_which_run_wrote_it(make_job):
    job = make_job()
    ran = job.run(writes(("a", 1.0)), key="k", generation=2, attempt=3)

    (snapshot,) = snapshots(job)
    wanted = {"run-key": "k", "generation": "2", "attempt": "3"}
    assert {f"sparkrail.{name}": value for name, value in wanted.items()}.items() <= snapshot[
        "summary"
    ].items()
    assert ran.report["outputs"]["daily"]["snapshot_id"] == snapshot["snapshot_id"]


def test_a_second_attempt_writes_nothing_a_second_generation_does(make_job):
    job = make_job()
    first = job.run(writes(("a", 1.0)), key="k")
    second = job.run(writes(("a", 1.0)), key="k", attempt=2)
    assert len(snapshots(job)) == 1
    already = {**first.report["outputs"]["daily"], "published": "already"}
    assert second.report["outputs"]["daily"] == already

    job.run(writes(("a", 1.0)), key="k", generation=2)
    assert len(snapshots(job)) == 2


def test_append_replaces_the_rows_of_its_own_run_key_only(make_job):
    job = make_job(write="append", key=[])
    job.run(writes(("a", 1.0)), key="monday")
    job.run(writes(("b", 2.0)), key="tuesday")
    job.run(writes(("c", 3.0), ("d", 4.0)), key="monday", generation=2)

    found = sorted(tuple(row) for row in job.table("daily").collect())
    assert found == [("b", 2.0, "tuesday"), ("c", 3.0, "monday"), ("d", 4.0, "monday")]


def test_a_few_rows_are_one_file(make_job):
    job = make_job()
    job.run(
        lambda run: run.write(
            "daily",
            run.spark.range(500)
            .repartition(9)
            .selectExpr("cast(id as string) id", "cast(id as double) amount"),
        )
    )

    assert job.spark.table(f"{job.table_name('daily')}.files").count() == 1


def test_an_output_that_the_job_does_not_have_is_named(make_job):
    with pytest.raises(NotAvailable, match=r'no output "dayly"\. Did you mean "daily"'):
        make_job().run(writes(("a", 1.0), output="dayly"))
