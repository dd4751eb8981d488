"""`break` lists faults, lays them, mends them, and refuses what it must not touch."""

import threading
from collections import Counter

import pytest
from cli_cloud import FakeLaptop

from sparkcli.damage import Difference, Reader
from sparklaptop.faults.catalog import FAULTS


class Breaker:
    """What a laptop cloud was told to break."""

    def __init__(self):
        self.injected = []

    def rules(self):
        return [{"name": name, "hits": 2, "times": 3} for name, *_ in self.injected]

    def inject(self, name, *, job=None, times=None):
        self.injected.append((name, job, times))

    def clear(self):
        self.injected.clear()


@pytest.fixture
def breaker(cloud, monkeypatch):
    made = Breaker()
    monkeypatch.setattr(FakeLaptop, "faults", lambda _self: made, raising=False)
    return made


def test_every_fault_is_listed_with_what_it_does(sparkrail, breaker):
    ended = sparkrail("break")

    assert ended.code == 0
    for name, fault in FAULTS.items():
        assert name in ended.out
        assert fault.says in ended.out
    assert "break driver-after-commit --job" in ended.err


def test_faults_can_be_listed_when_nothing_is_up(sparkrail, breaker):
    FakeLaptop.up = False

    ended = sparkrail("break", "--json")

    assert ended.document["faults"].keys() == FAULTS.keys()
    assert ended.document["active"] == []


def test_a_fault_is_laid_for_one_job_and_shown_as_active(sparkrail, breaker):
    laid = sparkrail("break", "s3-cut-short", "--job", "sales", "--no-run", "--times", "3")
    listed = sparkrail("break")

    assert laid.code == 0
    assert breaker.injected == [("s3-cut-short", "sales", 3)]
    assert "break --clear" in laid.err
    assert "Active: s3-cut-short, happened 2 of 3 times" in listed.out


def test_clear_mends_rules_and_keys(sparkrail, breaker, cloud):
    key = cloud("kms").create_key()["KeyMetadata"]["KeyId"]
    cloud("kms").disable_key(KeyId=key)
    sparkrail("break", "poll-errors")

    ended = sparkrail("break", "--clear", "--json")

    assert breaker.injected == []
    assert ended.document == {"cleared": 1, "mended": [f"Enabled the key {key} again."]}
    assert cloud("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("driver-at-reed",), 'Did you mean "driver-at-read"?'),
        (("denied", "--job", "sale"), 'Did you mean "sales"?'),
        (("denied", "--env", "dev"), "runs on this computer only"),
        (("--clear", "--env", "prod"), "runs on this computer only"),
    ],
)
def test_what_cannot_be_broken_is_refused(sparkrail, breaker, words, says):
    ended = sparkrail("break", *words)

    assert ended.code == 2
    assert says in ended.err
    assert breaker.injected == []


def test_rows_are_counted_as_often_as_they_are_there():
    expected = Counter({("a", 1): 2, ("b", 1): 1})
    found = Counter({("a", 1): 1, ("b", 1): 3, ("c", 9): 1})

    assert Difference.between(expected, found) == Difference(expected=3, lost=1, duplicated=3)


def test_a_reader_counts_answers_that_are_neither_result():
    old, new, half = Counter(["old"]), Counter(["new"]), Counter()
    answers, over = iter([old, half, new]), threading.Event()

    class Lake:
        def query(self, _sql):
            found = next(answers, None)
            if found is None:
                over.set()
                found = new
            return type("Answer", (), {"rows": list(found.elements())})

    with Reader(Lake(), "t", (old, new)) as reader:
        over.wait(10)

    assert reader.halves == 1
    assert reader.reads >= 3
