"""The job as a whole: hours of changes, late ones, rows that move, repetition."""

import csv
import io
import runpy
from pathlib import Path

from hints.main import main

DATA = Path(__file__).parent / "data"
HEADER = "hint_id,person_id,record_id,status,type,score,changed_at\n"


def write(path, *rows):
    lines = [
        f"{id_},p,r,{status},tree,0.5,2026-11-20T{hour:02}:00:00Z" for id_, status, hour in rows
    ]
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return path


def hints(job):
    rows = job.table("hints").collect()
    return sorted((row.hint_id, row.status, row.changed_at.hour) for row in rows)


def last_of_each(file):
    rows = csv.DictReader(io.StringIO(file.read_text()))
    good = [row for row in rows if row["hint_id"].isdigit() and row["record_id"]]
    ordered = sorted(good, key=lambda row: row["changed_at"])
    return {int(row["hint_id"]): row["status"] for row in ordered}


def test_the_sample_is_what_its_script_makes(sample):
    assert runpy.run_path(str(DATA / "make_sample.py"))["make"]() == sample.read_bytes()


def test_main_is_short_enough_to_read_at_a_glance():
    assert len((DATA.parents[1] / "main.py").read_text().splitlines()) <= 25


def test_each_hint_of_the_sample_is_there_once_with_its_newest_status(job, sample):
    ran = job.run(main, changes=sample)

    found = {row.hint_id: row.status for row in job.table("hints").collect()}
    assert found == last_of_each(sample)
    assert job.table("hints").count() == len(found) == 150
    assert ran.rows == {"read": 200, "used": 198, "excluded": 0, "quarantined": 2, "written": 150}


def test_hours_of_changes_leave_the_newest_whatever_their_order(job, tmp_path):
    late = write(tmp_path / "10.csv", (1, "new", 10), (2, "new", 10), (3, "new", 10))
    early = write(tmp_path / "11.csv", (1, "accepted", 11), (4, "new", 11))

    job.run(main, key="20261120T110000Z", changes=early)
    job.run(main, key="20261120T100000Z", changes=late)

    assert hints(job) == [(1, "accepted", 11), (2, "new", 10), (3, "new", 10), (4, "new", 11)]


def test_a_hint_that_changes_its_status_is_in_one_partition(job, tmp_path):
    job.run(main, key="k1", changes=write(tmp_path / "1.csv", (1, "new", 10), (2, "new", 10)))

    job.run(main, key="k2", changes=write(tmp_path / "2.csv", (1, "rejected", 11)))

    assert hints(job) == [(1, "rejected", 11), (2, "new", 10)]


def test_a_second_attempt_at_a_key_changes_nothing(job, tmp_path):
    file = write(tmp_path / "1.csv", (1, "new", 10))
    job.run(main, key="k1", changes=file)

    job.run(main, key="k1", attempt=2, changes=file)

    assert hints(job) == [(1, "new", 10)]
