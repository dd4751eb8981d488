"""A whole run that breaks its contract: what readers see, what stays to look at, what mends it."""

import datetime as dt
import json
from pathlib import Path

import jsonschema
import pytest

from sparkjob.errors import ContractBroken
from sparkjob.publishing.branches import branch_name

pytestmark = pytest.mark.slow

REPORT = json.loads(Path("docs/contracts/report.schema.json").read_text())
COLUMNS = {
    "id": {"type": "string", "required": True},
    "amount": {"type": "double"},
    "seen_at": {"type": "timestamp"},
}
NOW = dt.datetime.now(dt.UTC)
LATELY = NOW - dt.timedelta(hours=1)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
OLD, GOOD = [("a", 1.0, LATELY)], [("b", 2.0, LATELY), ("c", 3.0, LATELY)]

CASES = {
    "range": (
        "replace",
        {"column": "amount", "max": 10},
        [("b", 11.0, LATELY), ("c", 3.0, LATELY)],
        "1 of 2 rows of daily breaks amount <= 10, for example id b, amount 11.0",
    ),
    "accepted": (
        "merge",
        {"column": "id", "accepted": ["a", "b", "c"]},
        [("b", 2.0, LATELY), ("x", 3.0, LATELY)],
        "1 of 2 rows of daily breaks id in a, b, c, for example id x",
    ),
    "not null": (
        "append",
        {"column": "amount", "not_null": True},
        [("b", None, LATELY), ("c", None, LATELY)],
        "2 of 2 rows of daily break amount is not null, for example id b, amount null",
    ),
    "unique": (
        "overwrite_partitions",
        {"unique": ["amount"]},
        [("b", 2.0, LATELY), ("c", 2.0, LATELY)],
        "2 of 2 rows of daily break unique amount, for example amount 2.0, id b",
    ),
    "key": (
        "replace",
        {"rows": {"min": 1}},
        [("b", 2.0, LATELY), ("b", 3.0, LATELY)],
        "2 of 2 rows of daily break unique key id, for example id b",
    ),
    "rows": (
        "append",
        {"rows": {"min": 1, "max": 2}},
        [("b", 2.0, LATELY), ("c", 2.0, LATELY), ("d", 2.0, LATELY)],
        "daily breaks 1 <= rows <= 2: the run brings 3 rows",
    ),
    "fresh": (
        "replace",
        {"column": "seen_at", "fresh_hours": 26},
        [("b", 2.0, LONG_AGO), ("c", 2.0, None)],
        "daily breaks seen_at within 26 h: the newest is 2020-01-01T00:00:00+00:00",
    ),
    "sql": (
        "merge",
        {"name": "total", "sql": "SELECT sum(amount) AS total FROM published HAVING total > 9"},
        [("b", 4.0, LATELY), ("c", 5.0, LATELY)],
        "daily breaks total: its query finds 1 row, for example total 10.0",
    ),
}


def writes(rows):
    schema = "id string, amount double, seen_at timestamp"
    return lambda run: run.write("daily", run.spark.createDataFrame(rows, schema))


def rows_of(frame):
    found = [(row["id"], row["amount"]) for row in frame.collect()]
    return sorted(found, key=str)


def given(rows):
    return sorted(((name, amount) for name, amount, _ in rows), key=str)


def branches(job):
    refs = job.spark.table(f"{job.table_name('daily')}.refs")
    return {row["name"] for row in refs.collect()} - {"main"}


@pytest.mark.parametrize("kind", CASES)
def test_readers_never_see_what_breaks_a_check_and_the_corrected_run_publishes(make_job, kind):
    write, check, bad, told = CASES[kind]
    partition = ["id"] if write == "overwrite_partitions" else []
    job = make_job(write=write, columns=COLUMNS, checks=[check], partition=partition)
    job.run(writes(OLD), key="monday")

    with pytest.raises(ContractBroken) as refused:
        job.run(writes(bad), key="tuesday")

    name = job.report(key="tuesday")["job"]
    branch = branch_name(name, "tuesday", 1)
    message = str(refused.value)
    assert told in message
    assert f"sparkrail query --branch {name}/tuesday " in message
    assert len(message) <= 2000
    assert rows_of(job.table("daily")) == given(OLD)
    assert branches(job) == {branch}
    on_branch = job.spark.read.option("branch", branch).table(job.table_name("daily"))
    kept = [] if write == "replace" else OLD
    assert rows_of(on_branch) == given([*kept, *bad])

    job.run(writes(GOOD), key="tuesday", attempt=2)

    assert rows_of(job.table("daily")) == given([*kept, *GOOD])
    assert branches(job) == set()


def test_a_failed_run_says_in_its_report_what_was_broken(make_job):
    job = make_job(checks=[{"column": "amount", "max": 10}])
    schema = "id string, amount double"

    with pytest.raises(ContractBroken) as refused:
        job.run(
            lambda run: run.write("daily", run.spark.createDataFrame([("b", 11.0)], schema)),
            key="k",
        )

    report = job.report(key="k")
    jsonschema.validate(report, REPORT)
    assert report["state"] == "FAILED"
    assert report["outputs"] == {}
    assert report["error"] == {
        "type": "ContractBroken",
        "message": str(refused.value),
        "retryable": False,
    }


@pytest.mark.parametrize("write", ["replace", "merge"])
def test_rows_that_no_table_can_hold_are_told_with_all_that_is_broken(make_job, write):
    job = make_job(write=write, columns=COLUMNS, checks=[{"column": "amount", "max": 10}])
    job.run(writes(OLD), key="monday")

    with pytest.raises(ContractBroken) as refused:
        job.run(writes([(None, 11.0, LATELY), ("b", 1.0, LATELY)]), key="tuesday")

    assert str(refused.value).splitlines()[1:3] == [
        "  1 of 2 rows of daily breaks id is required, for example id null",
        "  1 of 2 rows of daily breaks amount <= 10, for example id null, amount 11.0",
    ]
    assert rows_of(job.table("daily")) == given(OLD)


def test_what_a_check_of_action_warn_found_is_in_the_report_and_published(make_job):
    check = {"sql": "SELECT id FROM staged WHERE amount > 1", "name": "small", "action": "warn"}
    job = make_job(columns=COLUMNS, checks=[check])

    report = job.run(writes(GOOD), key="k").report

    jsonschema.validate(job.report(key="k"), REPORT)
    (finding,) = job.report(key="k")["suspicious"]
    assert finding == {
        "output": "daily",
        "check": "small",
        "count": 2,
        "rows": 2,
        "sample": [{"id": "b"}, {"id": "c"}],
        "found": "its query finds 2 rows",
    }
    assert report["outputs"]["daily"]["published"] == "fast-forward"
    assert rows_of(job.table("daily")) == given(GOOD)
