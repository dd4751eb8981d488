"""What spark-submit runs: a stream as public examples write it, to hold ours against.

    spark-submit rival.py BROKERS TOPIC CHECKPOINT FOLDER EVENTS [die]

What it does is what is usual: values by `from_json` with a schema and nothing said of bad ones, all
records there are in one micro-batch, each micro-batch as soon as it can, appended in `foreachBatch`
without a look at its number. With `die` it is killed when its first batch with rows is written.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.streams.events import Events

SCHEMA = (
    "order_id string, store string, country string, currency string, amount decimal(12,2), "
    "items int, ordered_at timestamp"
)


def _main() -> None:
    brokers, topic, checkpoint, folder, events, *more = sys.argv[1:]
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setLogLevel("WARN")

    def append(batch: DataFrame, number: int) -> None:
        batch.write.mode("append").parquet(folder)
        if more and not batch.isEmpty():
            Events(Path(events)).tell("hit", batch=number)
            os.killpg(os.getpgid(0), signal.SIGKILL)

    read = spark.readStream.format("kafka").option("kafka.bootstrap.servers", brokers)
    records = read.option("subscribe", topic).option("startingOffsets", "earliest").load()
    parsed = records.select(F.from_json(F.col("value").cast("string"), SCHEMA).alias("order"))
    query = parsed.select("order.*").writeStream.foreachBatch(append)
    query.option("checkpointLocation", checkpoint).start().awaitTermination()


if __name__ == "__main__":
    _main()
