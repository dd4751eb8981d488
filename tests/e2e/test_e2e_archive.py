"""A job sees the packages that it locks and no others; and a job of the other Spark line runs."""

import json

import pytest

pytestmark = pytest.mark.slow


def test_a_job_runs_from_the_archive_of_its_lock(checkout, items):
    if checkout.offline:
        pytest.skip(checkout.offline)

    ended = checkout.sparkrail("run", "locked", "--input", items)

    assert ended.code == 0, ended.err
    rows = {row["place"]: row for row in checkout.rows("SELECT * FROM e2e.locked")}
    assert set(rows) == {"driver", "worker"}
    for row in rows.values():
        assert row["executable"].endswith("/bin/python")
        assert row["six"] == "1.17.0"
        environment = row["executable"].removesuffix("/bin/python")
        assert row["markupsafe"].startswith(f"{environment}/lib/")
        assert row["boto3"] is None


def test_a_job_that_asks_for_spark_4_runs_on_it(checkout, items):
    ended = checkout.sparkrail("run", "modern", "--input", items, "--key", "k")

    assert ended.code == 0, ended.err
    assert checkout.rows("SELECT * FROM e2e.modern ORDER BY currency") == [
        {"currency": "EUR", "total": 4.0},
        {"currency": "USD", "total": 4.0},
    ]
    command = json.dumps(checkout.sparkrail("logs", "modern/k", "--command").document["argv"])
    assert "iceberg-spark-runtime-4.1" in command
