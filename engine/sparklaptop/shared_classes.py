"""Start Spark's JVM with classes that were read and verified once per computer.

The JVM keeps the classes of a training run in an archive and maps it at later starts (JEP 350,
"Dynamic CDS Archives"): on two cores a short job takes a third less CPU time.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sparklaptop.cache import cache_dir
from sparklaptop.clients import Clients
from sparklaptop.errors import LaptopError
from sparklaptop.laptop import Laptop
from sparklaptop.untyped import AwsClient

_ACCOUNT, _REGION = "000000000000", "us-east-1"
_BUCKET, _DATABASE = "sparkrail-training", "training"
_TRAINING = Path(__file__).parent / "training" / "main.py"
_RELEASES = {"3.5": "emr-7.14.0", "4.1": "emr-spark-8.1.0"}
_ENDED = ("SUCCESS", "FAILED", "CANCELLED")
_LIMIT_SECONDS = 300
# A class path that changed makes the JVM say so on stdout and go on without the archive.
_QUIET = ("-Xlog:cds=off", "-Xlog:cds+dynamic=off")


def archive(*, java_home: Path, spark_home: Path, of: Sequence[Path]) -> Path:
    """Where the archive of these classes is, if there is one.

    Args:
        java_home: Java that maps it.
        spark_home: Spark, whose jars are in it.
        of: Jars on the class path besides.
    """
    parts = [str(java_home), str(spark_home), *map(str, of)]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return cache_dir() / "classes" / f"{key}.jsa"


def jvm_flags(kept: Path) -> tuple[str, ...]:
    """The start flags that map an archive; none if it is not there."""
    return (f"-XX:SharedArchiveFile={kept}", *_QUIET) if kept.is_file() else ()


def make(line: str, kept: Path, on_progress: Callable[[str], None]) -> None:
    """Make an archive by a training run in a laptop cloud of its own, unless it is there.

    Args:
        line: The line of Spark.
        kept: Where the archive goes.
        on_progress: Told what happens, in words.

    Raises:
        LaptopError: The training run failed. Spark works without the archive.
    """
    if kept.is_file():
        return
    start = time.monotonic()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sparkrail-training-") as folder:
        laptop = Laptop(Path(folder), account=_ACCOUNT, region=_REGION)
        scratch = Path(folder) / kept.name
        try:
            _train(Clients(laptop.start().endpoint, _REGION), line, scratch)
        finally:
            laptop.stop()
        if not scratch.is_file():
            raise LaptopError("this Java keeps no archive of classes; Spark just starts slower.")
        part = kept.with_suffix(".part")
        part.write_bytes(scratch.read_bytes())
        part.replace(kept)
    size = kept.stat().st_size / 1e6
    on_progress(f"  classes kept: {size:.0f} MB, in {time.monotonic() - start:.0f} s")


def _train(clients: Clients, line: str, scratch: Path) -> None:
    s3, serverless = clients.get("s3"), clients.get("emr-serverless")
    s3.create_bucket(Bucket=_BUCKET)
    s3.put_object(Bucket=_BUCKET, Key="main.py", Body=_TRAINING.read_bytes())
    clients.get("glue").create_database(DatabaseInput={"Name": _DATABASE})
    role = _role(clients.get("iam"))
    application = serverless.create_application(
        name="training", releaseLabel=_RELEASES[line], type="SPARK", clientToken="training"
    )["applicationId"]
    run = serverless.start_job_run(
        applicationId=application,
        clientToken="training",
        executionRoleArn=role,
        jobDriver={"sparkSubmit": _submission(scratch)},
    )["jobRunId"]
    _wait(serverless, application, run)


def _role(iam: AwsClient) -> str:
    """Make the role of the run, in a cloud that ends with it; returns its ARN."""
    by_emr = {
        "Effect": "Allow",
        "Principal": {"Service": "emr-serverless.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    all_of_it = {"Effect": "Allow", "Action": ["s3:*", "glue:*"], "Resource": "*"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [by_emr]})
    arn: str = iam.create_role(RoleName="training", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    may = json.dumps({"Version": "2012-10-17", "Statement": [all_of_it]})
    iam.put_role_policy(RoleName="training", PolicyName="training", PolicyDocument=may)
    return arn


def _submission(scratch: Path) -> dict[str, Any]:
    conf = {
        "spark.driver.extraJavaOptions": f"-XX:ArchiveClassesAtExit={scratch}",
        "spark.dynamicAllocation.maxExecutors": "1",
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "spark.sql.catalog.lake.type": "glue",
        "spark.sql.catalog.lake.warehouse": f"s3://{_BUCKET}/warehouse",
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
    }
    return {
        "entryPoint": f"s3://{_BUCKET}/main.py",
        "entryPointArguments": [f"s3://{_BUCKET}/files", f"lake.{_DATABASE}.days"],
        "sparkSubmitParameters": " ".join(f"--conf {key}={conf[key]}" for key in sorted(conf)),
    }


def _wait(serverless: AwsClient, application: str, run: str) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < deadline:
        found = serverless.get_job_run(applicationId=application, jobRunId=run)["jobRun"]
        if found["state"] in _ENDED:
            break
        time.sleep(0.5)
    if found["state"] != "SUCCESS":
        raise LaptopError(f"the training run ended {found['state']}: {found['stateDetails']}")
