"""Who may do what with a topic: the role's policies decide, a refusal is remembered."""

import kafka
import pytest
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAuthorizationFailedError
from kafka_clients import consumer
from laptop_roles import make_role

from sparklaptop import control
from sparklaptop.roles import blame
from sparklaptop.roles.memory import Denial


@pytest.fixture(scope="module")
def topic(settings):
    """A topic with ten records, and another."""
    admin = KafkaAdminClient(**settings())
    admin.create_topics([NewTopic("sales", 1, -1), NewTopic("other", 1, -1)])
    admin.close()
    with kafka.KafkaProducer(**settings()) as producer:
        for number in range(10):
            producer.send("sales", b"%d" % number)
    return "sales"


@pytest.fixture
def session(laptop, client, request):
    """The access key of a session of a role with these statements."""
    count = iter(range(100))

    def make(*granted):
        name = f"{request.node.name.replace('[', '-').replace(']', '')}-{next(count)}"[:60]
        arn = make_role(laptop.status().endpoint, name, *granted)
        took = client("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
        return took["AccessKeyId"], took["SecretAccessKey"], name

    return make


def read(settings, key, secret, name="sales"):
    """The records that a group of this key reads."""
    reader = kafka.KafkaConsumer(
        **settings(key, secret),
        group_id="sales-readers",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=4000,
    )
    try:
        reader.subscribe([name])
        return len([*reader])
    finally:
        reader.close()


def denials(laptop, name):
    """What was refused to a session."""
    path = f"/_sparkrail/denials?session={name}"
    found = control.get(laptop.status().endpoint, path, timeout_seconds=5)["denials"]
    return [(one["action"], one["resource"]) for one in found]


def test_a_consumer_reads_its_topic(settings, topic, session, cluster):
    key, secret, _ = session(*consumer(cluster))

    assert read(settings, key, secret, topic) == 10


def test_without_read_data_the_topic_is_refused_and_action_and_resource_are_known(
    laptop, settings, topic, session, cluster
):
    key, secret, name = session(*consumer(cluster, "ReadData"))

    with pytest.raises(TopicAuthorizationFailedError):
        read(settings, key, secret, topic)

    (refused,) = {*denials(laptop, name)}
    assert refused[0] == "kafka-cluster:ReadData"
    assert refused[1].endswith("/sales")
    assert ":topic/orders/" in refused[1]


def test_without_connect_nobody_comes_in(laptop, settings, session, cluster):
    key, secret, name = session(*consumer(cluster, "Connect"))

    with pytest.raises(KafkaError):
        KafkaAdminClient(**settings(key, secret), bootstrap_timeout_ms=3000)

    assert {*denials(laptop, name)} == {("kafka-cluster:Connect", cluster)}


def test_another_topic_than_its_own_is_refused(laptop, settings, topic, session, cluster):
    key, secret, name = session(*consumer(cluster))

    # This client goes on without a topic that it may not see.
    assert read(settings, key, secret, "other") == 0
    assert {action for action, _ in denials(laptop, name)} == {"kafka-cluster:DescribeTopic"}


def test_a_consumer_may_not_write(laptop, settings, topic, session, cluster):
    key, secret, name = session(*consumer(cluster))
    with kafka.KafkaProducer(**settings(key, secret), enable_idempotence=False) as producer:
        sent = producer.send(topic, b"x")
        with pytest.raises(TopicAuthorizationFailedError):
            sent.get(timeout=10)

    assert "kafka-cluster:WriteData" in {action for action, _ in denials(laptop, name)}


def test_a_wrong_signature_is_refused(settings, session, cluster):
    key, _, _ = session(*consumer(cluster))

    with pytest.raises(KafkaError):
        KafkaAdminClient(**settings(key, "wrong"), bootstrap_timeout_ms=3000)


def test_what_serverless_does_not_let_set_is_refused(settings, cluster):
    admin = KafkaAdminClient(**settings())
    try:
        bad = NewTopic("bad", 1, -1, topic_configs={"segment.bytes": "1048576"})
        with pytest.raises(KafkaError, match=r"config not settable on MSK Serverless"):
            admin.create_topics([bad])
    finally:
        admin.close()


def test_a_refused_read_names_the_line_to_add():
    topic = "arn:aws:kafka:eu-west-1:1:topic/orders/1-s1/sales"
    said = blame.sentence([Denial("dev-job", "00f1", "kafka-cluster:ReadData", topic, "")])

    assert said == (
        f"AccessDenied: dev-job may not kafka-cluster:ReadData on {topic}. Declare it in job.toml, "
        'under [inputs]: NAME = { topic = "sales" }'
    )


def test_kafkas_words_are_about_access():
    assert blame.is_about_access("TopicAuthorizationException: Not authorized to access topics")
    assert blame.is_about_access("SaslAuthenticationException: [ASIA]: Access denied")
