"""Nothing to read is a success with no rows, and says so."""

import pytest

from sparkjob import InputRefused


def main(run):
    used = run.accept(run.read_csv("sales", required=["id", "amount"]))
    run.write("daily", used.selectExpr("id", "cast(amount as double) amount"))


@pytest.mark.failure_mode(33)
def test_files_with_a_header_alone_are_no_rows(make_job, csv_file, capsys, observe):
    job = make_job()
    csv_file(name="a.csv")

    ran = job.run(main, sales=csv_file(name="b.csv").parent)

    assert ran.rows == {"read": 0, "used": 0, "excluded": 0, "quarantined": 0, "written": 0}
    assert ran.report["inputs"]["sales"]["files"] == 2
    assert "read 0 = used 0 + excluded 0 + quarantined 0" in capsys.readouterr().out
    files = job.spark.table(f"{job.table_name('daily')}.files").count()
    assert files == 0
    observe(
        happened=f"two files with a header alone: {ran.rows['written']} rows, {files} files",
        user_sees="read 0 = used 0 + excluded 0 + quarantined 0",
    )


@pytest.mark.parametrize("folder", ["there", "missing/"])
def test_a_folder_without_files_is_no_rows(make_job, tmp_path, folder):
    (tmp_path / "there").mkdir()
    job = make_job()

    ran = job.run(main, sales=f"{tmp_path}/{folder}")

    assert (ran.rows["read"], ran.rows["written"]) == (0, 0)
    assert ran.report["inputs"]["sales"]["files"] == 0


def test_all_columns_of_no_files_are_none(make_job, tmp_path):
    seen = []
    make_job().run(lambda run: seen.append(run.read_csv("sales").columns), sales=f"{tmp_path}/no/")

    assert seen == [["_file", "_line", "_raw", "_reason"]]


@pytest.mark.parametrize("name", ["none.csv", "none*.csv"])
def test_a_file_that_is_not_there_is_refused(make_job, tmp_path, name):
    with pytest.raises(InputRefused, match="there is no file at"):
        make_job().run(main, sales=tmp_path / name)


def test_new_rows_with_nothing_to_read_leave_an_append_table_as_it_is(make_job, csv_file, tmp_path):
    job = make_job(write="append", key=[])
    job.run(main, key="monday", sales=csv_file("a,1"))

    job.run(main, key="tuesday", sales=f"{tmp_path}/no/")

    assert job.table("daily").count() == 1
