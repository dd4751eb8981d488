"""Classes are kept once per computer, and a start never depends on them."""

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from sparklaptop import shared_classes
from sparklaptop.errors import LaptopError
from sparklaptop.roles import trust

HERE = {"java_home": Path("/java"), "spark_home": Path("/spark"), "of": (Path("/a.jar"),)}


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SPARKRAIL_CACHE", str(tmp_path))
    return tmp_path


def test_an_archive_belongs_to_one_java_one_spark_and_one_set_of_jars():
    kept = shared_classes.archive(**HERE)

    others = [
        shared_classes.archive(**{**HERE, "java_home": Path("/other")}),
        shared_classes.archive(**{**HERE, "spark_home": Path("/other")}),
        shared_classes.archive(**{**HERE, "of": (Path("/a.jar"), Path("/b.jar"))}),
    ]
    assert shared_classes.archive(**HERE) == kept
    assert kept not in others
    assert len(set(others)) == len(others)


def test_without_an_archive_the_jvm_starts_as_ever(cache):
    assert shared_classes.jvm_flags(cache / "none.jsa") == ()


def test_with_an_archive_the_jvm_maps_it_and_says_nothing_of_it(cache):
    kept = cache / "kept.jsa"
    kept.touch()

    flags = shared_classes.jvm_flags(kept)

    assert flags[0] == f"-XX:SharedArchiveFile={kept}"
    assert "-Xlog:cds=off" in flags


def test_a_failed_training_run_leaves_nothing_behind(cache, monkeypatch):
    def fails(*_arguments):
        raise LaptopError("the training run ended FAILED: no Spark")

    monkeypatch.setattr(shared_classes, "_train", fails)
    monkeypatch.setattr(shared_classes, "Laptop", lambda *_a, **_k: Nothing())
    kept = shared_classes.archive(**HERE)

    with pytest.raises(LaptopError, match="no Spark"):
        shared_classes.make("3.5", kept, print)

    assert list(kept.parent.iterdir()) == []


@mock_aws
def test_the_training_run_has_a_role_that_a_run_may_have():
    role = shared_classes._role(boto3.client("iam", region_name="us-east-1"))
    application = "arn:aws:emr-serverless:us-east-1:123456789012:/applications/training"

    trust.check(role, "emr-serverless.amazonaws.com", source_arn=application)


class Nothing:
    """A laptop cloud that is never there."""

    endpoint = "http://127.0.0.1:1"

    def start(self):
        return self

    def stop(self):
        return True
