"""Small jobs, made by each test."""

import itertools

import pytest

from sparkjob.job_runner import JobFolder, JobRunner

_numbers = itertools.count(1)
COLUMNS = {"id": {"type": "string", "required": True}, "amount": {"type": "double"}}
TABLE = {"name": "sales.daily", "write": "replace", "key": ["id"], "columns": COLUMNS}


@pytest.fixture
def make_job(spark, tmp_path):
    """Make a job with the output `daily`, whose contract is TABLE but for what is given."""

    def make(*, manifest=None, **contract):
        table = {**TABLE, **contract}
        outputs = {"outputs": {"daily": {"table": table["name"]}}}
        folder = JobFolder(
            path=tmp_path, manifest={**outputs, **(manifest or {})}, tables={table["name"]: table}
        )
        prefix = f"engine{next(_numbers)}_"
        return JobRunner(spark, folder=folder, reports=tmp_path / "reports", prefix=prefix)

    return make


@pytest.fixture
def csv_file(tmp_path):
    """Write a CSV file with the columns id and amount."""

    def write(*rows, name="sales.csv", header="id,amount"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write
