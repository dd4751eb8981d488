"""Where a stream's records come from: a topic, or in tests files with Kafka's columns."""

from __future__ import annotations

import json
from typing import Dict, List, Optional

from pyspark.sql import DataFrame, SparkSession

from sparkjob.errors import InputRefused, NotAvailable
from sparkjob.streaming.admin import Topics
from sparkjob.streaming.settings import StreamSettings

TOPIC_PREFIX = "topic:"
"""So begins the location of an input that is a topic."""

FILE_SCHEMA = (
    "key binary, value binary, topic string, partition int, offset bigint, timestamp timestamp"
)
Offsets = Optional[Dict[str, Dict[str, int]]]
"""The next offset by partition by topic."""

_EARLIEST = -2  # Kafka's word for the oldest record, in offsets
_SHOWN = 10


def topic_of(location: str) -> Optional[str]:
    """The topic that a location is.

    >>> topic_of("topic:sales"), topic_of("/tmp/records")
    ('sales', None)
    """
    return location[len(TOPIC_PREFIX) :] if location.startswith(TOPIC_PREFIX) else None


def read_files(spark: SparkSession, folder: str) -> DataFrame:
    """Read Parquet files with the columns of Kafka's records; each file is a micro-batch."""
    reader = spark.readStream.schema(FILE_SCHEMA).option("maxFilesPerTrigger", 1)
    return reader.parquet(folder)


def read_topic(
    spark: SparkSession, job: str, topic: str, settings: StreamSettings, offsets: Offsets
) -> DataFrame:
    """Read the records of a topic.

    Args:
        spark: The session, with Spark's Kafka connector among its jars.
        job: Its name begins the names of the consumer groups, which the role allows.
        topic: The topic. If it is not there, wait for it.
        settings: Of the stream.
        offsets: Where a new checkpoint begins. None: where the settings say.

    Raises:
        InputRefused: There is no such topic.
        NotAvailable: No brokers were told.
    """
    if not settings.brokers:
        raise NotAvailable(
            f"the topic {topic} needs --brokers HOST:PORT,... (and --security iam for MSK)."
        )
    topics = Topics(spark, settings.client_options)
    partitions = topics.partitions(topic)
    start = settings.start
    if offsets is not None:
        start = json.dumps(
            {topic: going_on(topic, offsets, partitions, topics.oldest(topic, partitions))}
        )
    options = {
        "subscribe": topic,
        "startingOffsets": start,
        "maxOffsetsPerTrigger": str(settings.max_offsets),
        "failOnDataLoss": "true",
        "groupIdPrefix": job,
        **{f"kafka.{name}": value for name, value in settings.client_options.items()},
    }
    return spark.readStream.format("kafka").options(**options).load()


def going_on(
    topic: str, offsets: Offsets, partitions: List[int], oldest: Dict[int, int]
) -> Dict[str, int]:
    """Offsets at which a new checkpoint goes on; says which records are gone meanwhile.

    Args:
        topic: The topic.
        offsets: Where the last commit ended: next offset by partition by topic.
        partitions: Those of the topic now; those that came since begin at their oldest record.
        oldest: The oldest record that each partition still has.

    Raises:
        InputRefused: The offsets are of another topic.
    """
    if not isinstance(offsets, dict) or topic not in offsets:
        raise InputRefused(
            f"the table's last batch ended at {json.dumps(offsets)}, which is not of the topic "
            f"{topic}. A stream of another topic is another job: give it a folder of its own."
        )
    next_offset = {int(name): int(value) for name, value in offsets[topic].items()}
    found, gone = {}, []
    for each in partitions:
        wanted = next_offset.get(each, _EARLIEST)
        first = oldest.get(each, 0)
        if 0 <= wanted < first:
            gone.append(f"partition {each} offsets {wanted:,} to {first - 1:,}")
            wanted = first
        found[str(each)] = wanted
    if gone:
        more = f" and {len(gone) - _SHOWN} more partitions" if len(gone) > _SHOWN else ""
        told = "; ".join(gone[:_SHOWN])
        print(f"records of {topic} are gone that no stream has read: {told}{more}", flush=True)
    return found
