"""Spark reads a topic of the laptop cloud by the options and under the role that it has on AWS."""

import time
from pathlib import Path

import kafka
import pytest
from kafka.admin import KafkaAdminClient, NewTopic
from kafka_clients import cluster_template, consumer, ssl_settings
from laptop_assemblies import ACCOUNT, REGION, write
from laptop_roles import allow, client, make_role

from sparklaptop import Laptop
from sparklaptop.cache import cache_dir
from sparklaptop.ports import free_port
from sparkmodel.packaging.jars import locked_jars
from sparkmodel.packaging.kafka_jars import kafka_lock

pytestmark = pytest.mark.slow
_RECORDS = 1000
_JOB = Path(__file__).parent / "reads_topic.py"
_WAIT_SECONDS = 180
_CONF = {
    "spark.driver.cores": "1",
    "spark.driver.memory": "1g",
    "spark.executor.cores": "1",
    "spark.executor.memory": "1g",
    "spark.dynamicAllocation.maxExecutors": "1",
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A laptop cloud with real Spark, a cluster, a topic with records, and the job's files."""
    laptop = Laptop(tmp_path_factory.mktemp("cloud"), account=ACCOUNT, region=REGION)
    up = laptop.start(port=free_port(5950))
    try:
        yield Stage(laptop, up.endpoint, tmp_path_factory.mktemp("out"))
    finally:
        laptop.stop()


class Stage:
    def __init__(self, laptop, endpoint, folder):
        self.endpoint = endpoint
        self.faults = laptop.faults()
        self.runs = laptop.state / "runs"
        laptop.deploy(write(folder, {"kafka": cluster_template()}), print)
        msk = self.client("kafka")
        self.cluster = msk.list_clusters_v2()["ClusterInfoList"][0]["ClusterArn"]
        asked = msk.get_bootstrap_brokers(ClusterArn=self.cluster)
        self.brokers = asked["BootstrapBrokerStringSaslIam"]
        settings = ssl_settings(laptop, self.brokers, "laptop", "laptop")
        admin = KafkaAdminClient(**settings)
        admin.create_topics([NewTopic("sales", 2, -1)])
        admin.close()
        with kafka.KafkaProducer(**settings) as producer:
            for number in range(_RECORDS):
                producer.send("sales", b"%d" % number)
        self.jars = self._upload()
        serverless = self.client("emr-serverless")
        self.application = serverless.create_application(
            name="streams", releaseLabel="emr-7.14.0", type="SPARK"
        )["applicationId"]

    def client(self, service):
        return client(self.endpoint, service)

    def _upload(self):
        s3 = self.client("s3")
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.upload_file(str(_JOB), "code", "main.py")
        jars = locked_jars(kafka_lock("3.5"), scala="2.12", cache=cache_dir())
        for jar in jars:
            s3.upload_file(str(jar.path), "code", f"jars/{jar.path.name}")
        return ",".join(f"s3://code/jars/{jar.path.name}" for jar in jars)

    def run(self, name, *left_out, failures=1):
        """A run whose role lacks some of a consumer's actions, at its end."""
        bucket = "arn:aws:s3:::code"
        files = [allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{bucket}/*")]
        files.append(allow(["s3:ListBucket"], bucket))
        role = make_role(self.endpoint, name, *files, *consumer(self.cluster, *left_out))
        conf = {**_CONF, "spark.jars": self.jars}
        serverless = self.client("emr-serverless")
        run = serverless.start_job_run(
            applicationId=self.application,
            executionRoleArn=role,
            mode="STREAMING",
            name=f"{name}/stream/1",
            retryPolicy={"maxFailedAttemptsPerHour": failures},
            jobDriver={
                "sparkSubmit": {
                    "entryPoint": "s3://code/main.py",
                    "entryPointArguments": [
                        *(self.brokers, "sales", "--checkpoint", f"s3://code/{name}/v1/")
                    ],
                    "sparkSubmitParameters": " ".join(f"--conf {k}={v}" for k, v in conf.items()),
                }
            },
        )["jobRunId"]
        return self._ended(serverless, run)

    def _ended(self, serverless, run):
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            found = serverless.get_job_run(applicationId=self.application, jobRunId=run)["jobRun"]
            if found["state"] in ("SUCCESS", "FAILED"):
                return found
            time.sleep(0.2)
        raise AssertionError(found["stateDetails"])


def test_a_declared_topic_is_read_to_its_end(cloud):
    found = cloud.run("reader")

    assert found["state"] == "SUCCESS", found["stateDetails"]
    said = (cloud.runs / found["jobRunId"] / "stdout").read_text()
    assert f"batch 0 {_RECORDS}" in said


def test_without_read_data_the_run_fails_naming_action_resource_and_line(cloud):
    found = cloud.run("blind", "ReadData")

    assert found["state"] == "FAILED"
    assert (
        "AccessDenied: blind may not kafka-cluster:ReadData on arn:aws:kafka:"
        in (found["stateDetails"])
    )
    assert 'under [inputs]: NAME = { topic = "sales" }' in found["stateDetails"]


def test_a_stream_killed_behind_its_sink_does_that_micro_batch_again(cloud):
    cloud.faults.inject("stream-after-sink", job="crashing")

    found = cloud.run("crashing", failures=2)

    (rule,) = cloud.faults.rules()
    cloud.faults.clear()
    assert (found["state"], found["attempt"], rule["hits"]) == ("SUCCESS", 2, 1)
    folder = cloud.runs / found["jobRunId"]
    first, second = folder / "attempts" / "1" / "stdout", folder / "stdout"
    assert f"batch 0 {_RECORDS}" in first.read_text()
    assert f"batch 0 {_RECORDS}" in second.read_text()
