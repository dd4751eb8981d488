"""A real Kafka cluster for tests, one for the whole session.

A conftest that wants it says `from kafka_fixtures import kafka  # noqa: F401`.
"""

import pytest

from sparklaptop.kafka.cluster import Cluster


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """One broker, without any check: `kafka.bootstrap`. Tests take topics of their own names."""
    with Cluster(tmp_path_factory.mktemp("kafka"), nodes=1) as cluster:
        yield cluster
