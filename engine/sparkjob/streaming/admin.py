"""What Kafka says of a topic, asked with the client that comes with Spark's connector."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, Optional

from pyspark.sql import SparkSession

from sparkjob.errors import InputRefused, NotAvailable
from sparkjob.streaming.failures import kafka_refusal, root_cause

WAIT_SECONDS = 300.0
"""How long a stream waits for a topic: the deploy that starts it also makes the topic."""

_POLL_SECONDS = 5.0
_TIMEOUT_MS = "30000"
_ADMIN = "org.apache.kafka.clients.admin.Admin"


class Topics:
    """The topics of a cluster.

    Args:
        spark: The session, with Kafka's client among its jars.
        options: What the client is told, by Kafka's names.
    """

    def __init__(self, spark: SparkSession, options: Mapping[str, str]) -> None:
        self._jvm = spark._jvm
        self._options = options

    def partitions(self, topic: str, *, wait_seconds: float = WAIT_SECONDS) -> List[int]:
        """The partitions of a topic, which may not be there yet.

        Args:
            topic: Its name.
            wait_seconds: How long to wait for it.

        Raises:
            InputRefused: It did not come, or may not be seen.
        """
        until = time.monotonic() + wait_seconds
        told = False
        with self._admin() as admin:
            while True:
                found = self._described(admin, topic)
                if found is not None:
                    return found
                if time.monotonic() >= until:
                    raise InputRefused(_missing(topic, self._options, wait_seconds))
                if not told:
                    print(f"waiting for the topic {topic}, which is not there yet", flush=True)
                    told = True
                time.sleep(min(_POLL_SECONDS, max(0.0, until - time.monotonic())))

    def oldest(self, topic: str, partitions: List[int]) -> Dict[int, int]:
        """The offset of the oldest record that each partition still has."""
        kafka = self._jvm.org.apache.kafka
        wanted = self._jvm.java.util.HashMap()
        named = {each: kafka.common.TopicPartition(topic, each) for each in partitions}
        for each in named.values():
            wanted.put(each, kafka.clients.admin.OffsetSpec.earliest())
        with self._admin() as admin:
            found = admin.listOffsets(wanted).all().get()
            return {each: int(found.get(named[each]).offset()) for each in partitions}

    def _described(self, admin: Any, topic: str) -> Optional[List[int]]:  # noqa: ANN401
        names = self._jvm.java.util.Collections.singletonList(topic)
        try:
            found = admin.describeTopics(names).allTopicNames().get().get(topic)
        except Exception as error:  # py4j's, around what Kafka threw
            cause = root_cause(error)
            if "UnknownTopicOrPartitionException" in cause:
                return None
            refused = kafka_refusal(f"{cause}\n{error}")
            if refused is None:
                raise
            raise InputRefused(f"the topic {topic}: {refused}") from None
        partitions = found.partitions()
        return [int(partitions.get(at).partition()) for at in range(partitions.size())]

    @contextmanager
    def _admin(self) -> Iterator[Any]:
        properties = self._jvm.java.util.Properties()
        told = {"default.api.timeout.ms": _TIMEOUT_MS, "request.timeout.ms": "15000"}
        for name, value in {**told, **self._options}.items():
            properties.setProperty(name, value)
        try:
            admin = self._jvm.org.apache.kafka.clients.admin.Admin.create(properties)
        except TypeError:  # py4j took the name for a package
            raise NotAvailable(
                f"Kafka's client is not among Spark's jars: there is no {_ADMIN}. Add the jars "
                "of sparkmodel/locks/kafka-<line of Spark>.json to spark.jars."
            ) from None
        try:
            yield admin
        finally:
            admin.close()


def _missing(topic: str, options: Mapping[str, str], waited: float) -> str:
    return (
        f"there is no topic {topic} at {options.get('bootstrap.servers')}, and none came within "
        f"{waited / 60:g} minutes. The topics job of its owner makes it from topics/{topic}.toml.\n"
        "See which topics there are: sparkrail streams\n"
        f"Run it: sparkrail run topics_<owner of {topic}>"
    )
