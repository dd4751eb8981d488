"""A topic, and records on their way into it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from benchmarks.streams.records import PARTITIONS, Record


@dataclass(frozen=True)
class Sent:
    """A record that was acknowledged: where it is, and when it was sent, in seconds since 1970."""

    partition: int
    offset: int
    at: float


class Topic:
    """A topic of a cluster; it is made.

    Args:
        bootstrap: Where the brokers are.
        name: Of the topic.
    """

    def __init__(self, bootstrap: str, name: str) -> None:
        self.name = name
        self._bootstrap = bootstrap
        admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        admin.create_topics([NewTopic(name, num_partitions=PARTITIONS, replication_factor=1)])
        admin.close()

    def send(self, records: Iterable[Record]) -> int:
        """Send records, and wait until all are acknowledged; how many they were."""
        producer = self._producer()
        sent = [
            producer.send(self.name, value=each.value, key=each.key, partition=each.partition)
            for each in records
        ]
        producer.flush()
        for each in sent:
            each.get(timeout=60)
        producer.close()
        return len(sent)

    def send_slowly(self, records: Iterable[Record], a_second: int) -> list[Sent]:
        """Send so many records a second; where they are."""
        producer, begin, futures = self._producer(), time.monotonic(), []
        for number, each in enumerate(records):
            time.sleep(max(0.0, begin + number / a_second - time.monotonic()))
            place = {"value": each.value, "key": each.key, "partition": each.partition}
            futures.append((time.time(), producer.send(self.name, **place)))
        producer.flush()
        told = [(at, future.get(timeout=60)) for at, future in futures]
        producer.close()
        return [Sent(found.partition, found.offset, at) for at, found in told]

    def _producer(self) -> KafkaProducer:
        # One for each call: nothing of it is left over from a broker that was killed.
        return KafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=20,
            batch_size=256 * 1024,
        )
