"""The jars with which Spark reads Kafka and signs in to MSK: one lock for each line of Spark.

No image of EMR has them. They are locked here, not in each job, so that all streams and topics jobs
of a release run with the same ones.
"""

from pathlib import Path

_LOCKS = Path(__file__).parents[1] / "locks"


def kafka_lock(spark_line: str) -> Path:
    """Find the lock of Kafka's jars for a line of Spark.

    Args:
        spark_line: Such as `3.5`.
    """
    return _LOCKS / f"kafka-{spark_line}.json"
