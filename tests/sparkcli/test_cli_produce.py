"""`produce`: what is sent, what is said of it, and where it is looked for."""

import json
from dataclasses import dataclass

import pytest

from sparkcli.producing.brokers import Brokers
from sparkcli.producing.comparison import Found
from sparkcli.producing.messages import Kind

pytestmark = pytest.mark.usefixtures("cloud", "clicks")


@dataclass(frozen=True)
class Metadata:
    partition: int
    offset: int


class Answered:
    """A record that the brokers have at once."""

    def __init__(self, offset):
        self.metadata = Metadata(0, offset)

    def add_callback(self, function, *arguments):
        function(*arguments, self.metadata)

    def add_errback(self, *_):
        pass


class Producer:
    """Stands where kafka.KafkaProducer stands.

    Args:
        settings: Options of the client.
    """

    interrupt = None
    sent: list = []  # noqa: RUF012

    def __init__(self, **settings):
        Producer.sent, self.settings = [], settings

    def send(self, topic, value=None, key=None):
        if len(Producer.sent) == Producer.interrupt:
            raise KeyboardInterrupt
        Producer.sent.append((topic, key, value))
        return Answered(len(Producer.sent) - 1)

    def flush(self, timeout=None):
        pass

    def close(self, timeout=None):
        pass


@pytest.fixture(autouse=True)
def brokers(monkeypatch):
    monkeypatch.setattr(Producer, "interrupt", None)
    module = "sparkcli.producing.production"
    monkeypatch.setattr(f"{module}.KafkaProducer", Producer)
    monkeypatch.setattr(f"{module}.brokers", lambda *_: Brokers("b:9098", {}))


def test_what_was_acknowledged_is_counted_by_kind_and_noted(sparkrail, clicks):
    ended = sparkrail(
        "produce", "clicks", "--rate", "0", "--count", "1000", "--seed", "1", "--bad", "5%",
        "--late", "2", "--duplicates", "1.5 %", "--json",
    )  # fmt: skip

    counts = ended.document["acknowledged"]
    assert ended.code == 0
    assert sum(counts.values()) == len(Producer.sent) == 1000
    assert all(counts.values())
    lines = [json.loads(line) for line in open(ended.document["journal"])]  # noqa: PTH123, SIM115
    assert lines[0]["about"]["seed"] == 1
    assert len([line for line in lines[1:] if line[0] == Kind.BAD]) == counts["bad"]
    assert ended.document["journal"].startswith(str(clicks / ".sparkrail/produced/laptop-dev"))


def test_the_same_seed_sends_the_same_records(sparkrail, clicks):
    (clicks / "topics/clicks.py").write_text(
        "def records(seed):\n"
        "    for n in range(10**9):\n"
        "        yield {'click_id': f'{seed}-{n}', 'page': '', 'seen_at': '2026-11-21T12:00:00Z'}\n"
    )
    words = ("produce", "clicks", "--rate", "0", "--count", "50", "--bad", "9%", "--seed", "3")

    sparkrail(*words)
    first = list(Producer.sent)
    sparkrail(*words)

    assert first == Producer.sent
    assert json.loads(first[0][2])["click_id"].startswith("3-")


def test_ctrl_c_says_what_was_sent_and_leaves_a_whole_journal(sparkrail, monkeypatch):
    monkeypatch.setattr(Producer, "interrupt", 7)

    ended = sparkrail("produce", "clicks", "--rate", "0", "--json")

    assert ended.code == 130
    assert ended.document["interrupted"]
    assert ended.document["acknowledged"]["good"] == 7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bad", "lots"], '--bad "lots" is no share'),
        (["--bad", "101%"], "0 to 100"),
        (["--bad", "60", "--late", "50"], "more than 100 % together"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(sparkrail, words, said):
    ended = sparkrail("produce", "clicks", *words, "--json")

    assert ended.code == 2
    assert said in ended.document["error"]["message"]


def test_a_topic_that_is_not_there_is_told_with_the_nearest_one(sparkrail):
    ended = sparkrail("produce", "click", "--json")

    assert ended.code == 2
    assert 'Did you mean "clicks"?' in ended.document["error"]["message"]


def test_a_topic_without_a_moment_has_no_late_records(sparkrail, clicks):
    for path in ("topics/clicks.toml", "tables/shop/clicks.toml"):
        contract = clicks / path
        lines = contract.read_text().splitlines()
        contract.write_text("\n".join(line for line in lines if "seen_at" not in line))

    ended = sparkrail("produce", "clicks", "--late", "1%", "--json")

    assert "no column of type timestamp" in ended.document["error"]["message"]


@pytest.fixture
def tables(monkeypatch, stream_row):
    """What the tables of the stream hold; the test says what is missing."""
    stream_row("RUNNING")

    def hold(change=lambda found: None):
        def found(check, _table):
            from sparkcli.producing.journal import folder, read

            sent, _ = read(sorted(folder(check.workspace, "clicks").glob("*.jsonl")))
            there = Found(
                rows=_counted(one.identity for one in sent if one.kind is Kind.GOOD),
                quarantined=_counted((s.partition, s.offset) for s in sent if s.kind is Kind.BAD),
                late=_counted((s.partition, s.offset) for s in sent if s.kind is Kind.LATE),
            )
            change(there)
            return there

        monkeypatch.setattr("sparkcli.producing.check.Check._found", found)

    return hold


def _counted(values):
    from collections import Counter

    return Counter(values)


def _produce(sparkrail):
    words = ("--rate", "0", "--count", "200", "--bad", "5%", "--late", "5%", "--duplicates", "5%")
    assert sparkrail("produce", "clicks", *words).code == 0


def test_check_finds_everything_where_it_should_be(sparkrail, tables):
    tables()
    _produce(sparkrail)

    ended = sparkrail("produce", "clicks", "--check", "--json")

    (stream,) = ended.document["streams"]
    assert ended.code == 0
    assert (stream["stream"], stream["table"], stream["exact"]) == ("clicks", "shop.clicks", True)
    assert stream["quarantined"] == stream["acknowledged"]["bad"] > 0
    assert stream["late"] == stream["acknowledged"]["late"] > 0


def test_a_row_that_is_not_there_fails_the_check(sparkrail, tables):
    tables(lambda found: found.rows.popitem())
    _produce(sparkrail)

    ended = sparkrail("produce", "clicks", "--check", "--json")

    assert ended.code == 1
    assert "lost 1, duplicated 0" in ended.document["error"]["message"]
    assert ended.document["streams"][0]["lost"] == 1


def test_there_is_nothing_to_look_for_before_something_was_sent(sparkrail, tables):
    tables()

    ended = sparkrail("produce", "clicks", "--check", "--json")

    assert ended.code == 2
    assert "Nothing was sent to clicks" in ended.document["error"]["message"]


def test_forgetting_the_laptop_cloud_forgets_what_was_sent_to_it(sparkrail, clicks, tables):
    tables()
    _produce(sparkrail)

    sparkrail("down", "--forget")

    assert not (clicks / ".sparkrail/produced/laptop-dev").exists()
