"""A cluster that a stack made is described, found and reached as MSK's API has it."""

import kafka
import pytest
from botocore.exceptions import ClientError
from kafka.admin import KafkaAdminClient, NewTopic


def test_the_cluster_is_described_as_a_serverless_one(client, cluster):
    found = client("kafka").describe_cluster_v2(ClusterArn=cluster)["ClusterInfo"]

    assert found["State"] == "ACTIVE"
    assert found["ClusterType"] == "SERVERLESS"
    assert found["Serverless"]["ClientAuthentication"] == {"Sasl": {"Iam": {"Enabled": True}}}
    assert found["Serverless"]["VpcConfigs"][0]["SubnetIds"] == ["subnet-1", "subnet-2"]
    assert cluster.split("/")[1] == "orders"


def test_clusters_are_listed_by_the_beginning_of_their_name(client, cluster):
    found = client("kafka").list_clusters_v2(ClusterNameFilter="ord")["ClusterInfoList"]

    assert [one["ClusterArn"] for one in found] == [cluster]
    assert not client("kafka").list_clusters_v2(ClusterNameFilter="x")["ClusterInfoList"]


def test_the_person_may_create_topics_write_and_read(settings):
    admin = KafkaAdminClient(**settings())
    admin.create_topics([NewTopic("first", 2, -1)])
    with kafka.KafkaProducer(**settings()) as producer:
        for number in range(100):
            producer.send("first", b"%d" % number)
    reader = kafka.KafkaConsumer(
        "first", **settings(), auto_offset_reset="earliest", consumer_timeout_ms=3000, group_id="g"
    )

    assert len([*reader]) == 100
    admin.close()


def test_a_cluster_that_is_not_there_has_no_brokers(client, cluster):
    with pytest.raises(ClientError, match="NotFoundException"):
        client("kafka").get_bootstrap_brokers(ClusterArn=f"{cluster}x")
