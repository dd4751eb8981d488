"""A stream reads its topic, a topics job makes its own, and neither deletes anything."""

import pytest
from test_job_role import CODE, may

from sparkmodel import ManifestError
from sparkrail.identity.job_role import job_statements, output_tables
from sparkrail.identity.kafka_statements import bootstrap_statement, producer_statements
from sparkrail.identity.machine_role import machine_statements

KAFKA = "arn:aws:kafka:eu-west-1:111111111111"
CLUSTER = f"{KAFKA}:cluster/acme-dev-kafka/1-s1"
CONSUMER = {
    "kafka-cluster:Connect",
    "kafka-cluster:DescribeTopic",
    "kafka-cluster:DescribeTopicDynamicConfiguration",
    "kafka-cluster:ReadData",
    "kafka-cluster:AlterGroup",
    "kafka-cluster:DescribeGroup",
}
ADMIN = {
    "kafka-cluster:Connect",
    "kafka-cluster:CreateTopic",
    "kafka-cluster:DescribeTopic",
    "kafka-cluster:AlterTopic",
    "kafka-cluster:DescribeTopicDynamicConfiguration",
    "kafka-cluster:AlterTopicDynamicConfiguration",
}


def topic(name, cluster="acme-dev-kafka"):
    return f"{KAFKA}:topic/{cluster}/1-s1/{name}"


def group(name):
    return f"{KAFKA}:group/acme-dev-kafka/1-s1/{name}"


def of_kafka(statements):
    actions = {action for each in statements for action in each["Action"]}
    return {action for action in actions if action.startswith("kafka")}


@pytest.fixture
def stream(make_stream, platform):
    return job_statements(make_stream(), platform, code=CODE)


@pytest.fixture
def topics(make_topics_job, platform):
    return job_statements(make_topics_job(platform.environment), platform, code=CODE)


def test_a_stream_may_do_what_a_consumer_needs_and_no_more(stream):
    assert of_kafka(stream) == CONSUMER
    assert may(stream, "kafka-cluster:Connect", CLUSTER)
    assert may(stream, "kafka-cluster:ReadData", topic("sales"))


def test_a_stream_reads_no_other_topic_and_no_other_cluster(stream):
    assert not may(stream, "kafka-cluster:ReadData", topic("sales2"))
    assert not may(stream, "kafka-cluster:ReadData", topic("sales", cluster="acme-dev-kafka2"))
    assert not may(stream, "kafka-cluster:Connect", f"{KAFKA}:cluster/acme-prod-kafka/1-s1")


def test_a_stream_has_the_groups_that_begin_with_its_name_and_not_those_of_a_longer_one(stream):
    spark = "orders-53cbd8a1-3d93-4f2b-9a3c-2b9c1b1a0d11-1872630413-driver-0"

    assert may(stream, "kafka-cluster:AlterGroup", group(spark))
    assert not may(stream, "kafka-cluster:AlterGroup", group(f"orders_by_minute{spark[6:]}"))


def test_a_topics_job_makes_and_alters_its_own_topics(topics):
    assert of_kafka(topics) == ADMIN
    for action in ADMIN - {"kafka-cluster:Connect"}:
        assert may(topics, action, topic("refunds"))
        assert not may(topics, action, topic("invoices"))


def test_a_topics_job_neither_deletes_topics_nor_touches_records(topics):
    for action in ("DeleteTopic", "ReadData", "WriteData"):
        assert not may(topics, f"kafka-cluster:{action}", topic("sales"))


def test_a_job_that_reads_no_topic_knows_no_kafka(make_job, platform):
    assert not of_kafka(job_statements(make_job(), platform, code=CODE))


def test_a_producer_writes_idempotently_as_clients_do_by_themselves(platform):
    statements = producer_statements(["sales"], platform.names)

    assert may(statements, "kafka-cluster:WriteDataIdempotently", CLUSTER)
    assert may(statements, "kafka-cluster:WriteData", topic("sales"))
    assert may(statements, "kafka-cluster:DescribeTopic", topic("sales"))
    assert not may(statements, "kafka-cluster:ReadData", topic("sales"))


def test_the_machine_of_topics_asks_where_the_brokers_are_and_other_machines_do_not(
    make_topics_job, make_job, platform
):
    def asks(job):
        statements = machine_statements(job, platform, application_id="00a")
        return may(statements, "kafka:GetBootstrapBrokers", CLUSTER)

    assert asks(make_topics_job(platform.environment))
    assert not asks(make_job())


def test_asking_for_brokers_is_all_that_a_machine_of_topics_may_do_everywhere(
    make_topics_job, platform
):
    job = make_topics_job(platform.environment)
    statements = machine_statements(job, platform, application_id="00a")

    everywhere = [each["Action"] for each in statements if "*" in each["Resource"]]

    assert everywhere == [["kafka:GetBootstrapBrokers"]]


def test_a_machine_that_asks_for_brokers_where_there_are_none_is_refused(platform):
    without = platform.__class__(**{**vars(platform), "kafka": None})

    with pytest.raises(ManifestError, match=r"config/dev\.toml  kafka\.mode"):
        bootstrap_statement(without)


def test_a_stream_keeps_its_checkpoint_and_no_others(stream):
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert may(stream, action, "arn:aws:s3:::checkpoints-1/orders/v1/offsets/0")
        assert not may(stream, action, "arn:aws:s3:::checkpoints-1/orders2/v1/offsets/0")


def test_a_stream_reads_the_stop_mark_and_cannot_write_it(stream):
    control = "arn:aws:s3:::logs-1/streams/orders"

    assert may(stream, "s3:GetObject", f"{control}/stop/7")
    assert not may(stream, "s3:PutObject", f"{control}/stop/7")
    for name in ("committed/7", "reports/7.json", "progress.json"):
        assert may(stream, "s3:PutObject", f"{control}/{name}")
    assert not may(stream, "s3:DeleteObject", f"{control}/stop/7")
    assert not may(stream, "s3:PutObject", "arn:aws:s3:::logs-1/reports/orders/x.json")


def test_a_stream_is_told_what_is_not_there_instead_of_being_refused(stream):
    listed = {
        (each["Resource"][0], prefix)
        for each in stream
        if each["Action"] == ["s3:ListBucket"]
        for prefix in each["Condition"]["StringLikeIfExists"]["s3:prefix"]
    }

    assert ("arn:aws:s3:::checkpoints-1", "orders/*") in listed
    assert ("arn:aws:s3:::logs-1", "streams/orders/*") in listed


def test_a_stream_writes_refused_and_late_rows_beside_its_table(make_stream, stream):
    assert output_tables(make_stream()) == [
        "shop.orders",
        "shop.orders_late",
        "shop.orders_quarantine",
    ]
    assert may(stream, "s3:PutObject", "arn:aws:s3:::lake-1/warehouse/shop/orders_late/data/x")
    assert may(
        stream,
        "glue:CreateTable",
        "arn:aws:glue:eu-west-1:111111111111:table/acme_dev_shop/orders_late",
    )


def test_a_batch_job_has_no_table_of_late_rows(make_job):
    assert output_tables(make_job()) == ["shop.orders", "shop.orders_quarantine"]
