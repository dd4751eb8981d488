"""What jobs may do with Kafka. MSK authorizes clients by IAM: there are no ACLs and no passwords.

ARNs are built from the cluster's name. The id that AWS adds to it is left open: the account has one
cluster of a name at a time. (MSK guide, semantics of IAM authorization policy actions.)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sparkmodel import Environment, Job, ManifestError, Problem
from sparkrail.identity.statements import Statement, allow
from sparkrail.names import Names

if TYPE_CHECKING:
    from sparkrail.platform import Platform


def stream_statements(job: Job, platform: Platform) -> list[Statement]:
    """Write the statements by which a stream reads its topic, and no other.

    MSK asks for the group's statement beside ReadData, although Spark commits nothing to a group.

    Args:
        job: Reads a topic.
        platform: Gives names.

    Raises:
        ValueError: The job reads no topic.
    """
    if job.topic is None:
        raise ValueError(f"{job.name} reads no topic")
    names = platform.names
    return [
        _connect(names),
        allow(
            "ReadTopic",
            _kafka("DescribeTopic", "DescribeTopicDynamicConfiguration", "ReadData"),
            [names.topic_arn(job.topic)],
        ),
        # Spark's groups are `<groupIdPrefix>-<random>`, and the prefix is the job's name.
        allow(
            "UseGroups",
            _kafka("AlterGroup", "DescribeGroup"),
            [names.group_arn(f"{job.name}-*")],
        ),
    ]


def topics_statements(job: Job, platform: Platform) -> list[Statement]:
    """Write the statements by which a topics job makes and alters its own topics.

    It may neither delete a topic nor read or write a record.

    Args:
        job: Names the topics that it manages.
        platform: Gives names.
    """
    manage = (
        *("AlterTopic", "AlterTopicDynamicConfiguration", "CreateTopic"),
        *("DescribeTopic", "DescribeTopicDynamicConfiguration"),
    )
    return [
        _connect(platform.names),
        allow("ManageTopics", _kafka(*manage), _topics(job.manages, platform.names)),
    ]


def producer_statements(topics: Iterable[str], names: Names) -> list[Statement]:
    """Write the statements of a producer: for roles outside the platform, and for `extend.py`.

    Args:
        topics: What it writes to.
        names: Of the environment.
    """
    return [
        # Kafka's clients write idempotently since 3.0 unless told not to.
        allow("Connect", _kafka("Connect", "WriteDataIdempotently"), [names.kafka_arn]),
        allow("WriteTopics", _kafka("DescribeTopic", "WriteData"), _topics(topics, names)),
    ]


def bootstrap_statement(platform: Platform) -> Statement:
    """Write the statement by which a machine asks where the brokers are.

    AWS lists no resource for this action, and IAM then matches nothing but `*`. The answer is
    addresses; whoever has them still needs Connect. (Service Authorization Reference, Amazon MSK.)

    Args:
        platform: Has the cluster.

    Raises:
        ManifestError: It has none.
    """
    if platform.kafka is None:
        raise _no_cluster(platform.environment)
    return allow("FindBrokers", ["kafka:GetBootstrapBrokers"], ["*"])


def _no_cluster(environment: Environment) -> ManifestError:
    problem = Problem(
        file=f"config/{environment.name}.toml",
        key="kafka.mode",
        value=f'"{environment.kafka.mode}"',
        text='gives a job that talks to Kafka no brokers. Set it to "serverless", or leave the job '
        "out of this environment.",
    )
    return ManifestError([problem])


def _connect(names: Names) -> Statement:
    return allow("Connect", _kafka("Connect"), [names.kafka_arn])


def _topics(topics: Iterable[str], names: Names) -> list[str]:
    return [names.topic_arn(topic) for topic in sorted(topics)]


def _kafka(*actions: str) -> list[str]:
    return [f"kafka-cluster:{action}" for action in actions]
