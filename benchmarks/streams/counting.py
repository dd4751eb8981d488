"""What spark-submit runs: a stream that counts by key, so that each new key stays in its state.

    spark-submit counting.py CHECKPOINT EVENTS KEYS KEY_BYTES KEYS_OF_A_BATCH SMALL_BATCHES SMALL

First it fills the state with KEYS keys; then come small micro-batches, which change SMALL of them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from benchmarks.streams.events import Events

_POLL_SECONDS = 0.2
_HEX_OF_A_HASH = 128


def _main() -> None:
    checkpoint, path, *numbers = sys.argv[1:]
    keys, key_bytes, of_a_batch, small_batches, small = map(int, numbers)
    events = Events(Path(path))
    hashes = -(-key_bytes // _HEX_OF_A_HASH)
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")

    def count(rows: int, batches: int) -> None:
        """Take so many micro-batches of so many rows."""
        source = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", rows).load()
        number = (F.col("value") % keys).cast("string")
        # Text that no compression makes small.
        parts = [F.sha2(F.concat(number, F.lit(f"-{part}")), 512) for part in range(hashes)]
        key = F.concat(*parts).substr(1, key_bytes)
        counted = source.groupBy(key.alias("key")).count()
        writer = counted.writeStream.format("noop").outputMode("update")
        query = writer.option("checkpointLocation", checkpoint).start()
        told, right = -1, 0
        while True:
            if query.exception() is not None:
                raise query.exception()
            for progress in query.recentProgress:
                number_of = progress["batchId"]
                if number_of <= told or not progress["numInputRows"]:
                    continue
                told = number_of
                right += progress["numInputRows"] == rows  # one may be left from before
                (state,) = progress["stateOperators"]
                events.tell(
                    "batch",
                    batch=number_of,
                    rows=progress["numInputRows"],
                    state_rows=state["numRowsTotal"],
                    seconds=progress["durationMs"]["triggerExecution"] / 1000,
                )
                if right >= batches:
                    query.stop()
                    return
            time.sleep(_POLL_SECONDS)

    count(of_a_batch, keys // of_a_batch)
    events.tell("filled")
    count(small, small_batches)
    events.tell("done")
    spark.stop()


if __name__ == "__main__":
    _main()
