"""The true loop: templates, assets, machine, real spark-submit, Iceberg in the Glue catalog."""

import gzip
import json
import os
import signal
import time

import boto3
import pytest
from laptop_assemblies import ACCOUNT, REGION, write
from laptop_platform import ASSETS, jobs, lake

from sparklaptop import Laptop
from sparklaptop.ports import free_port

pytestmark = pytest.mark.slow
WAIT_SECONDS = 240


@pytest.fixture
def cloud(tmp_path):
    """A laptop cloud with real Spark."""
    made = Laptop(tmp_path / "state", account=ACCOUNT, region=REGION)
    made.start(port=free_port(5720))
    yield made
    made.stop()


class Driver:
    """Deploys the platform to a cloud and runs its job."""

    def __init__(self, cloud, folder, release):
        self._endpoint = cloud.status().endpoint
        stacks = {**lake(), **jobs(release)}
        needs = {"jobs": ["lake", "dev.assets"]}
        cloud.deploy(write(folder, stacks, assets=ASSETS, needs=needs), print)
        self.outputs = {
            output["OutputKey"]: output["OutputValue"]
            for stack in self.client("cloudformation").describe_stacks()["Stacks"]
            for output in stack["Outputs"]
        }

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id="laptop",
            aws_secret_access_key="laptop",
        )

    def upload(self, key, text):
        bucket = self.outputs["LakeBucketName"]
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())
        return f"s3://{bucket}/{key}"

    def begin(self, key, source):
        return self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["MachineArn"],
            name=key,
            input=json.dumps({"key": key, "source": source}),
        )["executionArn"]

    def run(self, key, source):
        return self.wait(self.begin(key, source))

    def wait(self, started):
        states = self.client("stepfunctions")
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            execution = states.describe_execution(executionArn=started)
            if execution["status"] != "RUNNING":
                return execution
            time.sleep(0.2)
        raise AssertionError("the execution did not end")

    def log(self, run, stream):
        events = self.client("logs").get_log_events(
            logGroupName="/aws/emr-serverless/p/dev/health",
            logStreamName=(
                f"applications/{self.outputs['ApplicationId']}/jobs/{run}/SPARK_DRIVER/{stream}"
            ),
            startFromHead=True,
        )["events"]
        return "\n".join(event["message"] for event in events)


@pytest.mark.parametrize(
    ("release", "spark"), [("emr-7.14.0", "3.5.8"), ("emr-spark-8.1.0", "4.1.1")]
)
def test_a_job_merges_into_an_iceberg_table_with_its_archive_zip_and_conf(
    cloud, tmp_path, release, spark
):
    driver = Driver(cloud, tmp_path / "cdk.out", release)
    source = driver.upload("raw/a.csv", "k,v\na,1\nb,2\n")
    first = driver.run("first", source)
    driver.upload("raw/a.csv", "k,v\nb,20\nc,30\n")

    second = driver.run("second", source)

    assert first["status"] == second["status"] == "SUCCEEDED", (first, second)
    run = json.loads(second["output"])["JobRunId"]
    out = driver.log(run, "stdout")
    assert f"TOTAL rows=3 sum=51 spark={spark} from-the-archive from-the-zip" in out
    assert "/environment/bin/python zone=UTC" in out.replace("\n", " ") or "zone=UTC" in out
    glue = driver.client("glue").get_table(DatabaseName="dev_health", Name="totals")["Table"]
    assert glue["Parameters"]["table_type"].upper() == "ICEBERG"
    stored = driver.client("s3").get_object(
        Bucket=driver.outputs["LakeBucketName"],
        Key=(
            f"logs/applications/{driver.outputs['ApplicationId']}/jobs/{run}/SPARK_DRIVER/stdout.gz"
        ),
    )
    assert b"TOTAL rows=3" in gzip.decompress(stored["Body"].read())
    command = json.loads((cloud.state / "runs" / run / "command.json").read_text())
    assert command["rewritten"]["--master"].startswith("local[")
    assert "spark.sql.extensions" not in command["rewritten"]


def test_a_job_that_fails_fails_the_execution_with_its_own_words(cloud, tmp_path):
    driver = Driver(cloud, tmp_path / "cdk.out", "emr-7.14.0")
    source = driver.upload("raw/empty.csv", "k,v\n")

    execution = driver.run("bad", source)

    assert execution["status"] == "FAILED"
    assert execution["error"] == "States.TaskFailed"
    assert json.loads(execution["cause"])["StateDetails"] == "ValueError: the source holds no rows"


def test_a_killed_java_fails_the_run_and_never_hangs(cloud, tmp_path):
    driver = Driver(cloud, tmp_path / "cdk.out", "emr-7.14.0")
    source = driver.upload("raw/a.csv", "k,v\na,1\n")
    execution = driver.begin("killed", source)
    mark = "*/process.json"
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := list((cloud.state / "runs").glob(mark))) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)

    os.kill(json.loads(found[0].read_text())["pid"], signal.SIGKILL)

    ended = driver.wait(execution)
    assert ended["status"] == "FAILED"
    assert "killed (SIGKILL)" in json.loads(ended["cause"])["StateDetails"]
