"""A real cluster: it has the limits of MSK Serverless and keeps what it holds."""

import os
import subprocess
import sys
import time

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic, OffsetSpec
from kafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    TopicAlreadyExistsError,
)

from sparklaptop.errors import LaptopError
from sparklaptop.kafka.cluster import Cluster
from sparklaptop.kafka.configuration import LARGEST_MESSAGE_BYTES
from sparklaptop.pids import alive

RECORDS = 500


@pytest.fixture(scope="module")
def admin(kafka):
    client = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    yield client
    client.close()


def write(bootstrap, topic, count=RECORDS):
    with KafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for number in range(count):
            producer.send(topic, b"%d" % number)


def held(bootstrap, topic):
    """How many records a topic has."""
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    (shown,) = client.describe_topics([topic])
    asked = {
        TopicPartition(topic, one["partition_index"]): OffsetSpec.LATEST
        for one in shown["partitions"]
    }
    found = client.list_partition_offsets(asked)
    client.close()
    return sum(one.offset for one in found.values())


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        (
            NewTopic("a", 1, -1, topic_configs={"segment.bytes": "1048576"}),
            "config not settable on MSK Serverless: segment.bytes",
        ),
        (
            NewTopic("a", 1, -1, topic_configs={"max.message.bytes": "8388609"}),
            "at most 8388608",
        ),
        (NewTopic("a", 2401, -1), "at most 2400 partitions"),
    ],
)
def test_what_serverless_does_not_take_is_refused(admin, topic, says):
    with pytest.raises(PolicyViolationError, match=says):
        admin.create_topics([topic])


def test_a_topic_that_is_there_is_told_so(admin):
    admin.create_topics([NewTopic("twice", 1, -1, topic_configs={"retention.ms": "3600000"})])

    with pytest.raises(TopicAlreadyExistsError):
        admin.create_topics([NewTopic("twice", 1, -1)])


def test_partitions_grow_and_never_shrink(admin):
    admin.create_topics([NewTopic("grows", 2, -1)])
    admin.create_partitions({"grows": NewPartitions(4)})

    with pytest.raises(KafkaError):
        admin.create_partitions({"grows": NewPartitions(3)})


def test_no_topic_comes_into_being_by_itself(kafka):
    with (
        KafkaProducer(bootstrap_servers=kafka.bootstrap, max_block_ms=1500) as producer,
        pytest.raises(KafkaError),
    ):
        producer.send("never-made", b"x").get(timeout=2)


def test_a_message_over_8_mib_is_refused(kafka, admin):
    admin.create_topics([NewTopic("large", 1, -1)])
    more = 2 * LARGEST_MESSAGE_BYTES
    with (
        KafkaProducer(bootstrap_servers=kafka.bootstrap, max_request_size=more) as producer,
        pytest.raises(MessageSizeTooLargeError),
    ):
        producer.send("large", bytes(LARGEST_MESSAGE_BYTES + 1000)).get(timeout=20)


def test_a_cluster_has_one_broker_or_three(tmp_path):
    with pytest.raises(LaptopError, match="1 or 3 brokers, not 2"):
        Cluster(tmp_path, nodes=2)


@pytest.mark.slow
def test_it_keeps_its_records_and_addresses_over_a_stop_and_a_crash(tmp_path):
    with Cluster(tmp_path) as cluster:
        client = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        client.create_topics([NewTopic("kept", 2, -1)])
        client.close()
        write(cluster.bootstrap, "kept")
        where = cluster.bootstrap
        cluster.stop()
        cluster.start()
        assert (cluster.bootstrap, held(where, "kept")) == (where, RECORDS)

        cluster.kill(1)
        assert cluster.pids == (None,)
        cluster.start()
        assert held(where, "kept") == RECORDS


@pytest.mark.slow
def test_three_brokers_go_on_when_one_is_killed(tmp_path):
    with Cluster(tmp_path, nodes=3) as cluster:
        client = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        client.create_topics([NewTopic("copied", 3, -1)])
        client.close()
        write(cluster.bootstrap, "copied")
        cluster.kill(1)
        write(cluster.bootstrap, "copied")
        assert held(cluster.bootstrap, "copied") == 2 * RECORDS


@pytest.mark.slow
def test_brokers_end_with_whoever_started_them(tmp_path):
    code = (
        "import sys, time; from pathlib import Path;"
        "from sparklaptop.kafka.cluster import Cluster;"
        "c = Cluster(Path(sys.argv[1])).start();"
        "print(c.pids[0], flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    pid = int(starter.stdout.readline())
    assert alive(pid)

    os.kill(starter.pid, 9)
    starter.wait()

    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)
