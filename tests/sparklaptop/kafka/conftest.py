"""A laptop cloud with a deployed MSK Serverless cluster, and clients of its brokers."""

import pytest
from kafka_clients import cluster_template, ssl_settings
from kafka_fixtures import kafka  # noqa: F401  (pytest looks for fixtures here)
from laptop_assemblies import write


@pytest.fixture(scope="session")
def first_port():
    """Tests of this folder use ports from 5900 on."""
    return 5900


@pytest.fixture(scope="module")
def cluster(laptop, client, tmp_path_factory):
    """ARN of a cluster that a stack has made."""
    folder = write(tmp_path_factory.mktemp("kafka") / "out", {"kafka": cluster_template()})
    laptop.deploy(folder, lambda _text: None)
    found = client("cloudformation").describe_stacks(StackName="kafka")["Stacks"][0]
    return found["Outputs"][0]["OutputValue"]


@pytest.fixture(scope="module")
def brokers(cluster, client):
    """Where its brokers are, under IAM."""
    asked = client("kafka").get_bootstrap_brokers(ClusterArn=cluster)
    return asked["BootstrapBrokerStringSaslIam"]


@pytest.fixture(scope="module")
def settings(laptop, brokers):
    """Options of kafka-python for an access key: settings("laptop")."""
    return lambda key="laptop", secret="laptop", **more: ssl_settings(
        laptop, brokers, key, secret, **more
    )
