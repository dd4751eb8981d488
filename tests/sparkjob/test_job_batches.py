"""A run that was started for a batch reads exactly its files."""

import json

import pytest

from sparkjob import InputRefused
from sparkjob.batches import Batch, BatchFile
from sparkjob.errors import NotAvailable

NAMES = [
    "a b.csv",
    "50%.csv",
    "%20.csv",
    "x#y.csv",
    "what?.csv",
    "ñandú 東京.csv",
    "{a,b}.csv",
    "[ab].csv",
    "*.csv",
    "plus+comma,.csv",
    "back\\slash.csv",
]
BESIDE = ["a.csv", "b.csv", " .csv", "xy.csv"]
"""What the names above would find as well, were they patterns or escapes."""


@pytest.fixture
def lists(tmp_path):
    """Write the lists of a batch, one list for each group of names of files in tmp_path/raw."""

    def write(*pages, folder="batch"):
        (tmp_path / folder).mkdir()
        for number, names in enumerate(pages):
            objects = [
                {"uri": f"file://{tmp_path}/raw/{name}", "size": 7, "etag": "e"} for name in names
            ]
            page = tmp_path / folder / f"{number:05}.json"
            page.write_text(json.dumps({"objects": objects}))
        return tmp_path / folder

    (tmp_path / "raw").mkdir()
    for number, name in enumerate([*NAMES, *BESIDE, "_SUCCESS"]):
        (tmp_path / "raw" / name).write_text(f"id,amount\n{number},1\n")
    return write


def reads_csv(run):
    used = run.accept(run.read_csv("sales", required=["id", "amount"]))
    run.write("daily", used.selectExpr("id", "cast(amount as double) amount"))


def reads_itself(run):
    frame = run.spark.read.schema("id string, amount double").csv(run.input("sales"), header=True)
    run.write("daily", frame)


def ids(job):
    return sorted(int(row["id"]) for row in job.table("daily").collect())


@pytest.mark.slow
@pytest.mark.parametrize("main", [reads_csv, reads_itself])
def test_names_are_meant_letter_by_letter(make_job, lists, tmp_path, main):
    job = make_job()
    folder = lists(NAMES[:4], NAMES[4:])

    ran = job.run(main, sales=tmp_path / "raw", batches={"sales": folder})

    assert ids(job) == list(range(len(NAMES)))
    about = {"location": str(folder), "files": len(NAMES), "bytes": 7 * len(NAMES)}
    assert ran.report["batches"] == {"sales": about}


@pytest.mark.parametrize("main", [reads_csv, reads_itself])
@pytest.mark.parametrize("pages", [[[]], [["_SUCCESS", "folder/"]], []])
def test_a_batch_without_files_is_no_rows_and_a_success(make_job, lists, tmp_path, main, pages):
    job = make_job()

    ran = job.run(main, sales=tmp_path / "raw", batches={"sales": lists(*pages)})

    assert ids(job) == []
    assert ran.report["batches"]["sales"]["files"] == 0
    assert ran.report["state"] == "SUCCEEDED"


def test_a_file_that_is_on_two_lists_is_read_once(make_job, lists, tmp_path):
    job = make_job()

    job.run(reads_csv, sales=tmp_path, batches={"sales": lists(["a b.csv"], ["a b.csv"])})

    assert ids(job) == [0]


def test_a_file_that_is_gone_is_named(make_job, lists, tmp_path):
    with pytest.raises(InputRefused, match=r"gone that was there before: file:.*/raw/none \[x\]"):
        make_job().run(reads_csv, sales=tmp_path, batches={"sales": lists(["none [x].csv"])})


def test_lists_that_are_not_there_are_no_empty_batch(make_job, tmp_path):
    with pytest.raises(InputRefused, match="there is no list of files at"):
        make_job().run(reads_csv, sales=tmp_path, batches={"sales": tmp_path / "none"})


@pytest.mark.parametrize("text", ["", "[]", '{"objects": {"uri": 1}}', '{"objects": [{}]}'])
def test_a_file_that_is_no_list_is_named(make_job, lists, tmp_path, text):
    folder = lists(["a b.csv"])
    (folder / "00009.json").write_text(text)

    with pytest.raises(InputRefused, match=r"00009.json is no list of files"):
        make_job().run(reads_csv, sales=tmp_path, batches={"sales": folder})


def test_all_files_are_one_pattern_whose_parts_are_no_patterns():
    files = (BatchFile("s3://b/x,y.csv", 1), BatchFile("s3://b/{z}.csv", 1))

    assert Batch("s3://lists/", files[:1]).pattern == "s3://b/x,y.csv"
    assert Batch("s3://lists/", files).pattern == r"s3://b/{x\,y.csv,\\\{z\\\}.csv}"


def test_files_of_two_buckets_are_no_pattern():
    files = (BatchFile("s3://a/x.csv", 1), BatchFile("s3://b/x.csv", 1))

    with pytest.raises(NotAvailable, match="s3://a/, s3://b/"):
        _ = Batch("s3://lists/", files).pattern
