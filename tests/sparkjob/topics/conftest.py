"""A broker, and a Spark beside it that makes topics."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka_fixtures import kafka  # noqa: F401  (pytest looks for fixtures here)

from sparkmodel.packaging import default_cache, locked_jars
from sparkmodel.packaging.kafka_jars import kafka_lock

_numbers = itertools.count(1)
_DRIVER = Path(__file__).with_name("topics_in_a_process.py")


class Maker:
    """Tells a Spark process what to make; one for all tests, since it takes seconds to start."""

    def __init__(self, brokers):
        jars = locked_jars(kafka_lock("3.5"), scala="2.12", cache=default_cache())
        self._process = subprocess.Popen(
            [sys.executable, _DRIVER, os.pathsep.join(str(jar.path) for jar in jars), brokers],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __call__(self, task="apply", **topics):
        named = {name: {"name": name, **given} for name, given in topics.items()}
        return self.ask({"task": task, "topics": named})

    def ask(self, asked):
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("ANSWER "):
                return json.loads(line.removeprefix("ANSWER "))
        pytest.fail(f"the Spark that makes topics ended with {self._process.wait()}")

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=60)


@pytest.fixture(scope="module")
def make(kafka):  # noqa: F811
    maker = Maker(kafka.bootstrap)
    yield maker
    maker.close()


@pytest.fixture(scope="module")
def admin(kafka):  # noqa: F811
    """Another client than the one that is tested."""
    client = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    yield client
    client.close()


@pytest.fixture
def name():
    """The name of a topic that no other test has."""
    return f"made{next(_numbers)}"
