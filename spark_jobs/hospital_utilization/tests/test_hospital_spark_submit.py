"""The job by bare spark-submit, with sparkjob alone on the path: no sparkrail, no Iceberg."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import py4j
import pyspark
import pytest
from hospital_oracle import ask, same_months

import sparkjob

pytestmark = pytest.mark.slow
MAIN = Path(__file__).parents[1] / "main.py"
BASE_PYTHON = sys._base_executable  # its site-packages know nothing of this project


@pytest.fixture
def spark_submit(tmp_path):
    path = tmp_path / "path"
    path.mkdir()
    for package in (sparkjob, pyspark, py4j):
        (path / package.__name__).symlink_to(Path(package.__file__).parent)
    home = path / "pyspark"
    alone = {
        **os.environ,
        "PYTHONPATH": str(path),
        "SPARK_HOME": str(home),
        "PYSPARK_PYTHON": BASE_PYTHON,
        "PYSPARK_DRIVER_PYTHON": BASE_PYTHON,
        "PYTHONDONTWRITEBYTECODE": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    quick = ["--master", "local[2]", "--driver-java-options", "-XX:TieredStopAtLevel=1"]
    quick += ["--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"]

    def run(*argv):
        command = [str(home / "bin" / "spark-submit"), *quick, str(MAIN), *argv]
        return subprocess.run(
            command, env=alone, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


def test_it_writes_a_folder_of_parquet_and_tells_the_accounts(spark_submit, sample, tmp_path):
    ended = spark_submit(
        *("--input", f"hhs={sample}", "--output", "state_month=out/months"),
        *("--run-key", "k", "--reports", f"{tmp_path}/reports/"),
    )

    oracle = ask(sample)
    months = duckdb.sql(f"SELECT * FROM '{tmp_path}/out/months/*.parquet'").fetchall()
    refused = duckdb.sql(f"FROM '{tmp_path}/out/months_quarantine/*.parquet'").fetchall()
    report = json.loads((tmp_path / "reports" / "k-1-1.json").read_text())
    assert ended.returncode == 0, ended.stderr
    assert same_months(months, oracle.months)
    assert len(refused) == oracle.rows["quarantined"]
    assert report["rows"] == {**oracle.rows, "written": len(months)}
    assert "read 2,200 = used 2,123 + excluded 71 + quarantined 6" in ended.stdout


def test_a_refused_file_and_a_wrong_call_end_without_traceback(spark_submit, tmp_path):
    refused = spark_submit("--input", f"hhs={MAIN}", "--output", "state_month=out")
    wrong = spark_submit("--input", f"hhs={MAIN}", "--outputs", "state_month=out")

    assert (refused.returncode, wrong.returncode) == (1, 2)
    assert "InputRefused: input hhs:" in refused.stdout  # where spark-submit puts stderr
    assert "unrecognized arguments: --outputs state_month=out" in wrong.stdout
    assert "Traceback" not in refused.stdout + wrong.stdout
    assert not (tmp_path / "out").exists()
