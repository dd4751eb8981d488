"""The table of releases is pinned: changing a fact is a decision, seen in a diff."""

import pytest

from sparkmodel import DEFAULT_RELEASE, RELEASES, release
from sparkmodel.regions import REGIONS

PINNED = [
    ("emr-7.12.0", "3.5.6", "3.5", "2.12", "3.9", ("3.9",), 17, "1.10.0"),
    ("emr-7.13.0", "3.5.6", "3.5", "2.12", "3.11", ("3.9", "3.11"), 17, "1.10.0"),
    ("emr-7.14.0", "3.5.8", "3.5", "2.12", "3.11", ("3.9", "3.11"), 17, "1.10.1"),
    ("emr-spark-8.0.0", "4.0.2", "4.0", "2.13", "3.11", ("3.11", "3.12", "3.13"), 17, "1.10.1"),
    ("emr-spark-8.1.0", "4.1.1", "4.1", "2.13", "3.11", ("3.11", "3.12", "3.13"), 17, "1.11.0"),
]

FEATURES = {
    "emr-7.12.0": {"s3a_default", "serverless_storage"},
    "emr-7.13.0": {"s3a_default", "serverless_storage"},
    "emr-7.14.0": {
        "image_validation",
        "s3a_default",
        "serverless_storage",
        "serverless_storage_1tb",
    },
    "emr-spark-8.0.0": {"ansi_default", "s3a_default", "serverless_storage"},
    "emr-spark-8.1.0": {
        "ansi_default",
        "image_validation",
        "merged_spark_defaults",
        "s3a_default",
        "serverless_storage",
        "serverless_storage_1tb",
    },
}


def test_the_table_of_releases_is_as_pinned():
    table = [
        (r.label, r.spark, r.spark_line, r.scala, r.python, r.pythons, r.java, r.iceberg)
        for r in RELEASES.values()
    ]

    assert table == PINNED


def test_the_features_are_as_pinned():
    assert {label: set(r.features) for label, r in RELEASES.items()} == FEATURES


def test_the_default_is_the_one_that_starts_fastest():
    assert DEFAULT_RELEASE == "emr-7.14.0"


@pytest.mark.parametrize("label", RELEASES)
def test_a_release_is_whole(label):
    found = release(label)

    assert found.python in found.pythons
    assert found.glibc == (2, 34)
    assert found.bundled["iceberg"] == "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar"
    assert not any("iceberg" in jar for jars in found.connectors.values() for jar in jars)
    fields = {*vars(found), *found.features}
    assert found.unsure <= fields


@pytest.mark.parametrize("label", RELEASES)
def test_connectors_are_built_for_the_releases_scala_and_spark(label):
    found = release(label)
    sql, token, clients, pool = found.connectors["kafka"]

    assert sql.split(":")[1] == f"spark-sql-kafka-0-10_{found.scala}"
    assert sql.split(":")[2].startswith(found.spark_line)
    assert token.split(":")[1] == f"spark-token-provider-kafka-0-10_{found.scala}"
    assert clients.startswith("org.apache.kafka:kafka-clients:")
    assert pool.startswith("org.apache.commons:commons-pool2:")


def test_an_unknown_release_is_answered():
    with pytest.raises(ValueError, match=r'"emr-7\.14" is not.*Did you mean "emr-7\.14\.0"\?'):
        release("emr-7.14")


def test_the_regions_are_those_of_the_service():
    session = pytest.importorskip("botocore.session").get_session()

    assert set(session.get_available_regions("emr-serverless")) == set(REGIONS)
