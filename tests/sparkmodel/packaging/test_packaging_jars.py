import hashlib
import json

import pytest

from sparkmodel.packaging import PackagingError, locked_jars
from sparkmodel.packaging.jars_lock import read_jars_lock
from sparkmodel.packaging.kafka_jars import kafka_lock
from sparkmodel.releases import RELEASES

CONTENT = b"PK the jar of kafka"
COORDINATE = "org.apache.kafka:kafka-clients:3.4.1"


def digest(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def write(tmp_path):
    def write(*entries):
        path = tmp_path / "jars.lock.json"
        path.write_text(json.dumps([{"coordinate": c, "sha256": s} for c, s in entries], indent=1))
        return path

    return write


@pytest.fixture
def jars(tmp_path):
    def jars(lock, *, fetch=lambda coordinate, folder: CONTENT, scala="2.12"):
        cache = tmp_path / "cache"
        name = "spark_jobs/job/jars.lock.json"
        return locked_jars(lock, scala=scala, cache=cache, name=name, fetch=fetch)

    return jars


def never(coordinate, folder):
    pytest.fail("the network was used")


def test_a_jar_is_fetched_once_and_named_by_its_content(write, jars):
    lock = write((COORDINATE, digest(CONTENT)))

    (first,) = jars(lock)

    assert first.path.name == f"{digest(CONTENT)}.jar"
    assert first.path.read_bytes() == CONTENT
    assert jars(lock, fetch=never) == (first,)


def test_a_jar_that_is_not_the_locked_one_is_refused_and_not_kept(write, jars, tmp_path):
    lock = write((COORDINATE, "0" * 64))

    with pytest.raises(PackagingError) as caught:
        jars(lock)

    message = str(caught.value)
    assert f"spark_jobs/job/jars.lock.json:3  {COORDINATE}" in message
    assert f"has the sha256 {digest(CONTENT)}, not the one of the lock" in message
    assert not list((tmp_path / "cache").rglob("*.jar"))


def test_all_bad_jars_are_reported_together(write, jars):
    lock = write((COORDINATE, "0" * 64), ("a:b:1", digest(CONTENT)), ("a:c:1", "1" * 64))

    with pytest.raises(PackagingError, match="2 problems"):
        jars(lock)


def test_a_damaged_jar_in_the_cache_is_fetched_anew(write, jars):
    lock = write((COORDINATE, digest(CONTENT)))
    (first,) = jars(lock)
    first.path.write_bytes(b"damaged")

    assert jars(lock)[0].path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("coordinate", "text"),
    [
        ("org.apache.spark:spark-avro_2.13:3.5.7", "is for Scala 2.13, but .* has Scala 2.12"),
        ("org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0", "is on the image"),
        ("org.apache.kafka:kafka-clients:3.9.1", "is there twice"),
    ],
)
def test_jars_that_cannot_go_with_the_release_are_refused(write, jars, coordinate, text):
    lock = write((COORDINATE, digest(CONTENT)), (coordinate, digest(CONTENT)))

    with pytest.raises(PackagingError, match=text):
        jars(lock, fetch=never)


def test_a_classifier_is_another_jar(write, jars):
    lock = write((COORDINATE, digest(CONTENT)), (f"{COORDINATE}:all", digest(CONTENT)))

    assert len(jars(lock)) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"jars": []}',
        '[{"coordinate": "x"}]',
        '["a:b:1"]',
        "[1]",
        "{",
        '[{"coordinate": "kafka-clients", "sha256": "' + "0" * 64 + '"}]',
        "null",
    ],
)
def test_a_lock_in_another_form_is_refused(tmp_path, jars, text):
    lock = tmp_path / "jars.lock.json"
    lock.write_text(text)

    with pytest.raises(PackagingError, match=r"is not in its form|is not JSON"):
        jars(lock)


def test_without_jgo_the_command_that_installs_it_is_said(write, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jgo.maven", None)

    with pytest.raises(PackagingError, match="jgo, which fetches jars, is missing: uv pip install"):
        locked_jars(write((COORDINATE, "0" * 64)), scala="2.12", cache=tmp_path / "cache")


def test_a_repository_that_cannot_be_reached_is_a_sentence(write, jars):
    def unreachable(coordinate, folder):
        raise RuntimeError("the repository cannot be reached (ConnectTimeout)")

    with pytest.raises(PackagingError, match="cannot be fetched: the repository cannot be reached"):
        jars(write((COORDINATE, "0" * 64)), fetch=unreachable)


def test_a_jar_that_comes_anyway_is_not_brought_again(write, tmp_path):
    lock = write(("org.apache.kafka:kafka-clients:3.9.2", "0" * 64))

    with pytest.raises(PackagingError) as caught:
        locked_jars(lock, scala="2.12", cache=tmp_path, beside=kafka_lock("3.5"), fetch=never)

    assert (
        "comes with every job that reads a topic, as org.apache.kafka:kafka-clients:3.4.1. "
        "Leave it out." in str(caught.value)
    )


@pytest.mark.parametrize("label", RELEASES)
def test_kafkas_jars_are_locked_for_every_release(label):
    release = RELEASES[label]
    locked = read_jars_lock(kafka_lock(release.spark_line), scala=release.scala, name="lock")

    signer = [f"{coordinate}:all" for coordinate in release.connectors["msk_auth"]]
    assert [jar.coordinate for jar in locked] == [*release.connectors["kafka"], *signer]
