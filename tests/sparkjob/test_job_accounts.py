"""Rows in, accounts out: what accept promises."""

import pytest
from pyspark.sql import functions as F

from sparkjob.errors import ContractBroken, NotAvailable, TooManyQuarantined

# Each waits for servers or for Spark; together they are most of a minute.
pytestmark = pytest.mark.slow


def amounts(run, *, keep=None, excluded=None):
    """Read ids and amounts; an amount that is no number is a reason."""
    rows = run.read_csv("sales", required=["id", "amount"])
    number = F.expr("try_cast(amount AS double)")
    bad = F.when(F.col("amount").isNotNull() & number.isNull(), F.lit("amount is no number"))
    typed = rows.withColumn("_reason", F.coalesce("_reason", bad)).withColumn("amount", number)
    used = run.accept(typed.where(keep) if keep else typed, excluded=excluded)
    run.write("daily", used)


def test_read_is_used_and_excluded_and_quarantined(make_job, csv_file):
    job = make_job(manifest={"run": {"quarantine_percent": 12}})
    file = csv_file(*[f"{n},{n}" for n in range(20)], "a,0", "b,0", "c,x", "d", 'e,"')

    ran = job.run(
        lambda run: amounts(run, excluded=lambda rows: F.col("amount") == 0),
        sales=file,
    )

    assert ran.rows == {"read": 25, "used": 19, "excluded": 3, "quarantined": 3, "written": 19}
    reasons = {row["raw"]: row["reason"] for row in job.quarantine().collect()}
    assert reasons == {
        "c,x": "amount is no number",
        "d": "1 fields where the header has 2",
        'e,"': "a quote is opened and never closed",
    }


def test_bookkeeping_columns_do_not_reach_the_output(make_job, csv_file):
    job = make_job()
    job.run(amounts, sales=csv_file("1,2"))

    assert job.table("daily").columns == ["id", "amount"]


def test_rows_that_vanish_before_accept_fail_the_run(make_job, csv_file):
    job = make_job()

    with pytest.raises(ContractBroken, match=r"has 2 rows, accept got 1 of them"):
        job.run(lambda run: amounts(run, keep="id <> '1'"), sales=csv_file("1,2", "2,3"))

    assert not job.written("daily")


def test_accept_without_the_columns_of_read_csv_says_so(make_job, csv_file):
    def main(run):
        run.accept(run.read_csv("sales").select("id"))

    with pytest.raises(NotAvailable, match=r"needs the columns _file, _line, _raw, _reason"):
        make_job().run(main, sales=csv_file("1,2"))


def test_a_repaired_run_of_a_key_empties_its_quarantine_and_no_other(make_job, csv_file):
    job = make_job(manifest={"run": {"quarantine_percent": 50}})
    job.run(amounts, key="a", sales=csv_file("1,2", "2,x", name="a.csv"))
    job.run(amounts, key="b", sales=csv_file("3,2", "4,x", name="b.csv"))
    assert {row["run_key"] for row in job.quarantine().collect()} == {"a", "b"}

    job.run(amounts, key="a", generation=2, sales=csv_file("1,2", "2,3", name="c.csv"))

    assert {row["run_key"] for row in job.quarantine().collect()} == {"b"}


def test_a_limit_of_zero_percent_refuses_one_bad_row(make_job, csv_file):
    job = make_job(manifest={"run": {"quarantine_percent": 0}})

    with pytest.raises(TooManyQuarantined, match="1 of 2 rows"):
        job.run(amounts, sales=csv_file("1,2", "2,x"))

    job.run(amounts, key="good", sales=csv_file("1,2", name="good.csv"))


def test_all_columns_are_read_when_none_is_named(make_job, csv_file, tmp_path):
    def main(run):
        found.append(run.read_csv("sales").drop("_file", "_line", "_raw", "_reason").collect())

    found = []
    (tmp_path / "in").mkdir()
    csv_file("1,2", name="in/a.csv")
    csv_file("3,4", name="in/b.csv", header="other,id")

    make_job().run(main, sales=tmp_path / "in")

    assert sorted(row.asDict().items() for row in found[0]) == sorted(
        [
            {"id": "1", "amount": "2", "other": None}.items(),
            {"id": "4", "amount": None, "other": "3"}.items(),
        ]
    )


@pytest.mark.parametrize("name", ["with space.csv", "100%25.csv", "[1]{a}.csv", "é.csv"])
def test_a_file_may_have_any_name(make_job, csv_file, name):
    job = make_job()

    ran = job.run(amounts, sales=csv_file("1,2", "3,4", name=name))

    assert ran.rows["used"] == 2
