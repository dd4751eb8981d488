"""Files of another kind are refused, naming what is missing; nothing is written."""

import gzip
import zipfile

import pytest

from hospital_utilization.main import main
from sparkjob import InputRefused

GOOD = "state,date,inpatient_beds_utilization_numerator,inpatient_beds_utilization_denominator\n"
ROW = "ID,2021/12/10,1,2\n"
FACILITY = (
    "hospital_pk,collection_week,state,ccn,inpatient_beds_7_day_avg\n050739,2021/12/10,CA,1,2\n"
)
SNAPSHOT = GOOD.replace("date", "reporting_cutoff_start", 1) + ROW
FORMS = {
    "facility level": (FACILITY, ["missing: date", "at least one of", "hospital_pk"]),
    "daily snapshot": (SNAPSHOT, ["missing: date", "reporting_cutoff_start"]),
    "no measure": (
        "state,date,deaths\nID,2021/12/10,1\n",
        ["inpatient_beds_utilization_numerator"],
    ),
    "half a measure": (GOOD.rpartition(",")[0] + "\nID,2021/12/10,1\n", ["at least one of"]),
    "empty": ("", ["0 bytes"]),
    "white space": ("\n \n", ["white space"]),
    "semicolons": ((GOOD + ROW).replace(",", ";"), ["semicolons"]),
    "tabs": ((GOOD + ROW).replace(",", "\t"), ["tabs"]),
    "a column twice": (GOOD.replace("\n", ",date\n") + "ID,2021/12/10,1,2,3\n", ["date more than"]),
    "web page": ("<!DOCTYPE html><html></html>", ["web page"]),
    "JSON": ('[{"state": "ID"}]', ["JSON"]),
    "prose": ("Dear colleague\nplease find\n", ["missing: state, date"]),
    "UTF-16": ((GOOD + ROW).encode("utf-16"), ["UTF-16"]),
    "binary": (bytes(range(256)) * 9, ["binary"]),
    "Parquet": (b"PAR1" + bytes(99), ["Parquet"]),
    "cut-off gzip": (gzip.compress((GOOD + ROW * 9999).encode())[:-20], ["cut off"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_refused_and_nothing_is_written(job, tmp_path, form):
    content, named = FORMS[form]
    file = tmp_path / "other.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(InputRefused) as refused:
        job.run(main, hhs=file)

    told = str(refused.value)
    assert all(words in told for words in [*named, "input hhs", str(file), "--input hhs=FILE"])
    assert not job.written("state_month")
    assert job.report()["error"] == {"type": "InputRefused", "message": told, "retryable": False}
    assert job.report()["rows"] is None


def test_a_workbook_is_refused(job, tmp_path):
    with zipfile.ZipFile(tmp_path / "hhs.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")

    with pytest.raises(InputRefused, match="Excel"):
        job.run(main, hhs=tmp_path / "hhs.xlsx")


def test_one_bad_file_of_a_folder_is_named(job, tmp_path):
    (tmp_path / "good.csv").write_text(GOOD + ROW)
    (tmp_path / "bad.csv").write_text(FACILITY)

    with pytest.raises(InputRefused) as refused:
        job.run(main, hhs=tmp_path)

    assert "bad.csv" in str(refused.value)
    assert "good.csv" not in str(refused.value)


def test_a_place_without_files_is_refused(job, tmp_path):
    with pytest.raises(InputRefused, match="there is no file at"):
        job.run(main, hhs=tmp_path / "nothing*.csv")
