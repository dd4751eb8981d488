"""Streams of a real broker: killed at named points, stopped, and short of records."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka_fixtures import kafka  # noqa: F401  (pytest looks for fixtures here)

from sparkmodel.packaging import default_cache, locked_jars
from sparkmodel.packaging.kafka_jars import kafka_lock

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).with_name("stream_in_a_process.py")
KILLED = -signal.SIGKILL
RECORDS, BAD_EVERY, CUSTOMERS, PARTITIONS = 50_000, 100, 500, 4
POINTS = [
    "before the sink",
    "between the tables",
    "staged",
    "before the commit",
    "after the commit",
    "after the sink",
]
COLUMNS = {
    "order_id": {"type": "string", "required": True},
    "customer": {"type": "long", "required": True},
    "amount": {"type": "long", "required": True},
}


class Streams:
    """Runs a stream of a topic in processes of its own, all on one checkpoint and warehouse."""

    def __init__(self, folder, brokers, topic):
        self.folder, self.topic = folder, topic
        self.control = folder / "control"
        self._brokers = brokers
        contracts = {
            "outputs": {"orders": {"name": "sales.orders", "write": "append", "columns": COLUMNS}},
            "topics": {topic: {"columns": COLUMNS}},
        }
        (folder / "contracts.json").write_text(json.dumps(contracts))
        jars = locked_jars(kafka_lock("3.5"), scala="2.12", cache=default_cache())
        self._jars = os.pathsep.join(str(jar.path) for jar in jars)

    def start(self, *, point="never", how="once", generation=1, version=1, **more):
        told = {
            "job": "sales_stream",
            "input": f"sales=topic:{self.topic}",
            "output": "orders=lake.sales.orders",
            "brokers": self._brokers,
            "checkpoint": f"{self.folder}/checkpoint/v{version}",
            "control": str(self.control),
            "generation": generation,
            "state-version": version,
            "cadence-seconds": 1,
            "max-offsets": 5000,
            **more,
        }
        arguments = [each for name, value in told.items() for each in (f"--{name}", str(value))]
        with (self.folder / "driver.log").open("w") as log:
            return subprocess.Popen(
                [sys.executable, SCRIPT, self.folder, self._jars, point, how, *arguments],
                env={
                    **os.environ,
                    "SPARKJOB_CONTRACTS": str(self.folder / "contracts.json"),
                    "PYSPARK_PYTHON": sys.executable,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it kills all of its group
            )

    def run(self, **told):
        process = self.start(**told)
        process.wait(timeout=300)
        return process.returncode

    def log(self):
        return (self.folder / "driver.log").read_text()

    def table(self, name="orders"):
        """Read a table without Spark, as a reader that knows nothing of who wrote it."""
        from pyiceberg.table import StaticTable

        folder = self.folder / "lake" / "sales" / name / "metadata"
        files = folder.glob("v*.metadata.json")
        newest = max(files, key=lambda path: int(path.name.split(".")[0][1:]))
        return StaticTable.from_metadata(newest.as_uri()).scan().to_arrow().to_pylist()

    def report(self, generation=1):
        return json.loads((self.control / "reports" / f"{generation}.json").read_text())


@pytest.fixture
def streams(kafka, tmp_path, request):  # noqa: F811
    """A topic of the test's own, and streams of it."""
    topic = f"sales-{request.node.name[:40].strip('[]')}"
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics([NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1)])
    yield Streams(tmp_path, kafka.bootstrap, topic)
    admin.close()


@pytest.fixture
def send(kafka, streams):  # noqa: F811
    """Send values to the topic."""
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=20)

    def sent(values):
        for number, value in enumerate(values):
            producer.send(streams.topic, value=value, partition=number % PARTITIONS)
        producer.flush()

    yield sent
    producer.close()


def order(number):
    amount = number * 7919 % 1000
    value = {"order_id": f"o{number}", "customer": number % CUSTOMERS, "amount": amount}
    return json.dumps(value).encode()


def test_killed_at_every_named_point_nothing_is_lost_and_nothing_is_there_twice(streams, send):
    bad = set(range(0, RECORDS, BAD_EVERY))
    good = [number for number in range(RECORDS) if number not in bad]
    send(b'{"order_id": ' if n in bad else order(n) for n in range(RECORDS))
    started = time.monotonic()

    for number, point in enumerate(POINTS):
        # Maintenance comes where it could make a guard forget: after rows became visible.
        how = "once+compact+expire" if point == "after the sink" else "once"
        code = streams.run(point=f"{point}:{number + 1}", how=how)
        assert code == KILLED, f"{point}: {code}\n{streams.log()[-3000:]}"
    assert streams.run(how="once+compact+expire") == 0, streams.log()[-3000:]
    seconds = time.monotonic() - started

    rows = streams.table()
    seen = Counter(row["order_id"] for row in rows)
    lost = [number for number in good if f"o{number}" not in seen]
    twice = sum(count - 1 for count in seen.values())
    refused = streams.table("orders_quarantine")
    places = Counter((row["partition"], row["offset"]) for row in refused)
    print(
        f"{RECORDS:,} records, {len(POINTS)} kills, {seconds:.0f} s: lost {len(lost)}, "
        f"duplicated {twice}, quarantined {len(refused)} of {len(bad)}"
    )
    assert (len(lost), twice, len(rows)) == (0, 0, len(good))
    assert (len(refused), len(places)) == (len(bad), len(bad))
    assert sums((row["customer"], row["amount"]) for row in rows) == sums(
        (number % CUSTOMERS, number * 7919 % 1000) for number in good
    )


def test_a_stream_stops_as_it_is_asked_to_and_goes_on(streams, send):
    send(order(number) for number in range(20_000))
    process = streams.start(how="on")
    wait_for((streams.control / "committed" / "1").exists, process, streams)
    (streams.control / "stop").mkdir()
    (streams.control / "stop" / "1").write_text("")

    process.wait(timeout=120)

    assert process.returncode == 0, streams.log()[-3000:]
    report = streams.report()
    assert (report["state"], report["error"]) == ("stopped", None)
    assert len(streams.table()) == report["rows"]
    lines = [
        json.loads(line) for line in streams.log().splitlines() if line[:13] == '{"sparkrail":'
    ]
    assert sum(line["rows"] for line in lines) == report["rows"]
    assert lines[0]["lag_sum"] == 20_000 - lines[0]["rows"]
    assert lines[0]["lag_largest"] == lines[0]["lag_sum"] // PARTITIONS
    assert "stopped as it was asked to" in streams.log()

    assert streams.run(generation=2) == 0, streams.log()[-3000:]
    assert len(streams.table()) == 20_000


def test_records_that_are_gone_stop_the_stream_and_a_new_state_version_goes_on(
    kafka,  # noqa: F811
    streams,
    send,
):
    send(order(number) for number in range(4000))
    assert streams.run() == 0, streams.log()[-3000:]
    send(order(number) for number in range(4000, 8000))
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.delete_records({TopicPartition(streams.topic, 0): 1500})

    assert streams.run(generation=2) == 1
    report = streams.report(2)
    assert (report["error"], report["retryable"]) == ("RecordsGone", False)
    assert f"topic {streams.topic}, partition 0, offset 1000" in report["message"]
    assert "raise stream.state_version to 2" in report["message"]
    assert len(streams.table()) == 4000

    assert streams.run(generation=3, version=2) == 0, streams.log()[-3000:]
    assert "partition 0 offsets 1,000 to 1,499" in streams.log()
    seen = Counter(row["order_id"] for row in streams.table())
    assert (len(seen), max(seen.values())) == (7500, 1)
    admin.close()


def sums(pairs):
    found = Counter()
    for key, value in pairs:
        found[key] += value
    return found


def wait_for(happened, process, streams, seconds=120):
    until = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, streams.log()[-3000:]
        assert time.monotonic() < until, streams.log()[-3000:]
        time.sleep(0.2)
