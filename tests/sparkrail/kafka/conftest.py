"""An environment with a Kafka cluster, and what it makes of jobs that talk to it."""

import pytest
from pipelines import environment

from sparkmodel import Topic
from sparkmodel.topics_job import topics_jobs
from sparkrail.network.workers import Workers
from sparkrail.platform import Buckets, Keys, Platform

NETWORK = {"mode": "own", "availability_zones": ("eu-west-1a", "eu-west-1b")}
CLUSTER = "arn:aws:kafka:eu-west-1:111111111111:cluster/acme-dev-kafka/1-s1"


@pytest.fixture
def with_kafka():
    """Make an environment with a cluster; settings as in `config/dev.toml`."""

    def make(*, streams="start", **changes):
        return environment(
            network=NETWORK, kafka={"mode": "serverless", "streams": streams}, **changes
        )

    return make


@pytest.fixture
def platform(with_kafka):
    return Platform(
        environment=with_kafka(),
        tables={},
        keys=Keys(data="arn:data", logs="arn:logs", messages="arn:messages"),
        buckets=Buckets(raw="raw-1", lake="lake-1", checkpoints="checkpoints-1", logs="logs-1"),
        ledger="ledger-1",
        workers=Workers(subnet_ids=("subnet-1", "subnet-2"), security_group_id="sg-1"),
        kafka=CLUSTER,
    )


@pytest.fixture
def make_stream(make_job):
    """Make a stream from the topic `sales` into `shop.<name>`."""

    def make(name="orders", **settings):
        return make_job(name, kind="streaming", inputs={"sales": {"topic": "sales"}}, **settings)

    return make


@pytest.fixture
def make_topics_job():
    """Make the topics job of team sales, which owns the topics `sales` and `refunds`."""

    def make(on):
        columns = {"id": {"type": "long"}}
        topics = {
            name: Topic.model_validate(
                {"name": name, "owner": "sales", "partitions": 2, "columns": columns}
            )
            for name in ("sales", "refunds")
        }
        (job,) = topics_jobs(topics, on)
        return job

    return make
