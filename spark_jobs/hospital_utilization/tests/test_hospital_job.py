"""The job as a whole: its numbers, its accounts, its quarantine, its repetition."""

import runpy
from pathlib import Path

import pytest
from hospital_oracle import ask, same_months

from hospital_utilization.main import main
from sparkjob.errors import TooManyQuarantined

HEADER = "state,date,inpatient_beds_utilization_numerator,inpatient_beds_utilization_denominator\n"
DATA = Path(__file__).parent / "data"


def test_the_sample_is_what_its_script_makes(sample):
    assert runpy.run_path(str(DATA / "make_sample.py"))["make"]() == sample.read_bytes()


def test_main_is_short_enough_to_read_at_a_glance():
    assert len((DATA.parents[1] / "main.py").read_text().splitlines()) <= 25


def test_the_numbers_of_the_sample_are_those_of_the_oracle(job, sample):
    oracle = ask(sample)

    ran = job.run(main, hhs=sample)

    assert same_months(job.table("state_month").collect(), oracle.months)
    assert ran.rows == {**oracle.rows, "written": len(oracle.months)}
    assert all(oracle.rows.values()), "the sample has rows of every fate"


def test_a_second_run_of_a_key_changes_nothing(job, sample):
    first = job.run(main, key="20220209T000000Z", hhs=sample)
    months = job.table("state_month").collect()
    refused = job.quarantine().collect()
    snapshots = job.spark.table(f"{job.table_name('state_month')}.snapshots")
    before = snapshots.count()

    second = job.run(main, key="20220209T000000Z", attempt=2, hhs=sample)

    assert snapshots.count() == before
    assert job.table("state_month").collect() == months
    assert job.quarantine().collect() == refused
    output, again = first.report["outputs"]["state_month"], second.report["outputs"]["state_month"]
    assert (output["published"], again["published"]) == ("fast-forward", "already")
    assert (output["rows"], output["snapshot_id"]) == (again["rows"], again["snapshot_id"])
    assert second.rows == first.rows


def test_a_month_over_100_percent_stays_and_is_suspicious(job, sample):
    ran = job.run(main, hhs=sample)

    over = job.table("state_month").where("bed_use_ratio > 1").collect()
    (finding,) = ran.report["suspicious"]
    assert [(row["state"], str(row["month"])) for row in over] == [("RI", "2021-01-01")]
    assert (finding["count"], finding["check"]) == (1, "bed_use_ratio <= 1")
    assert finding["sample"][0]["state"] == "RI"
    assert finding["sample"][0]["bed_use_ratio"] == over[0]["bed_use_ratio"]


def test_unreadable_rows_are_kept_with_reason_place_and_text(job, tmp_path):
    good = "ID,2021/12/10,1,2\n" * 36
    bad = 'ID,2021/02/30,1,2\n,2021/12/10,1,2\nID,2021/12/10,many,2\nID,"2021/12/10,1,2\n'
    file = tmp_path / "few.csv"
    file.write_text(HEADER + bad + good.rstrip("\n"))

    ran = job.run(main, key="k1", hhs=file)

    found = [tuple(row) for row in job.quarantine().orderBy("line").collect()]
    number = 'inpatient_beds_utilization_numerator "many" is not a number'
    assert found == [
        ("k1", 'date "2021/02/30" is not a date', str(file), 2, "ID,2021/02/30,1,2"),
        ("k1", "state is empty", str(file), 3, ",2021/12/10,1,2"),
        ("k1", number, str(file), 4, "ID,2021/12/10,many,2"),
        ("k1", "a quote is opened and never closed", str(file), 5, 'ID,"2021/12/10,1,2'),
    ]
    assert ran.rows == {"read": 40, "used": 36, "excluded": 0, "quarantined": 4, "written": 1}


@pytest.mark.parametrize(("bad", "refused"), [(10, False), (11, True)])
def test_over_ten_percent_unreadable_nothing_is_published(job, tmp_path, bad, refused):
    file = tmp_path / "bad.csv"
    file.write_text(HEADER + "ID,2021/12/10,1,2\n" * (100 - bad) + "ID,soon,1,2\n" * bad)

    if refused:
        with pytest.raises(
            TooManyQuarantined, match=r'(?s)11 of 100 rows.*date "soon" is not a date'
        ):
            job.run(main, hhs=file)
    else:
        job.run(main, hhs=file)

    assert job.written("state_month") is not refused
    assert job.quarantine().count() == bad
    assert job.report()["state"] == ("FAILED" if refused else "SUCCEEDED")
    assert job.report()["rows"]["quarantined"] == bad


def test_min_days_blanks_months_with_fewer_days(job, tmp_path):
    file = tmp_path / "few.csv"
    file.write_text(HEADER + "ID,2021/12/10,1,2\nID,2021/12/11,1,2\nID,2021/11/30,1,2\n")

    job.run(main, parameters={"min_days": 2}, hhs=file)

    rows = job.table("state_month").select("month", "bed_use_days", "bed_use_ratio").collect()
    assert sorted((row[0].month, row[1], row[2]) for row in rows) == [
        (11, None, None),
        (12, 2, 0.5),
    ]
