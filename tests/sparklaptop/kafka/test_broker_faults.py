"""Brokers of a laptop cloud that are killed on purpose, and what `down` leaves."""

import json
import time

import kafka
import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from sparklaptop.pids import alive


def pids(laptop):
    """Of the brokers, from the marks that they have while they run."""
    marks = laptop.state.glob("kafka/*/n*/process.json")
    return [json.loads(mark.read_text())["pid"] for mark in marks]


@pytest.mark.slow
def test_an_outage_ends_and_loses_nothing(laptop, settings, brokers, client, cluster):
    admin = KafkaAdminClient(**settings())
    admin.create_topics([NewTopic("through", 1, -1)])
    admin.close()
    (before,) = pids(laptop)
    effect = {"kind": "outage", "brokers": "all", "seconds": 3}
    with kafka.KafkaProducer(**settings(), acks="all", retries=100) as producer:
        producer.send("through", b"before").get(timeout=10)
        laptop.faults().add({"name": "brokers", "on": "now", "effect": effect})
        assert not alive(before)
        # During it nobody starts them, and clients hear the old addresses.
        asked = client("kafka").get_bootstrap_brokers(ClusterArn=cluster)
        assert asked["BootstrapBrokerStringSaslIam"] == brokers
        producer.send("through", b"after").get(timeout=60)
    (rule,) = laptop.faults().rules()
    assert rule["hits"] == 1
    laptop.faults().clear()
    reader = kafka.KafkaConsumer(
        "through", **settings(), auto_offset_reset="earliest", consumer_timeout_ms=5000
    )
    assert [one.value for one in reader] == [b"before", b"after"]
    reader.close()


@pytest.mark.slow
def test_topics_are_there_again_after_down_and_up_and_no_broker_outlives_the_server(
    laptop, settings, client, cluster, brokers
):
    admin = KafkaAdminClient(**settings())
    admin.create_topics([NewTopic("durable", 1, -1)])
    admin.close()
    running = pids(laptop)
    assert laptop.status().brokers == len(running) == 1
    port = laptop.status().port

    laptop.stop()

    assert running
    deadline = time.monotonic() + 5
    while any(map(alive, running)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, running))
    laptop.start(port=port)
    again = client("kafka").get_bootstrap_brokers(ClusterArn=cluster)
    assert again["BootstrapBrokerStringSaslIam"] == brokers
    admin = KafkaAdminClient(**settings())
    assert "durable" in admin.list_topics()
    admin.close()
