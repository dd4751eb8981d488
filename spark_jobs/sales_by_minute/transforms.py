"""From orders to whole minutes. No input or output here.

Two stateful steps, one after the other: which orders were seen, and the sums of the minutes that
are not over. The state of both is kept in RocksDB and in the checkpoint; a change of the keys or of
the windows needs another `state_version` in job.toml.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

DELAY = "10 minutes"
"""How long a minute stays open after its end, in the tills' time, for orders that come late."""


def once(orders: DataFrame) -> DataFrame:
    """Keep the first of those that have the same `order_id`, within DELAY."""
    return orders.withWatermark("ordered_at", DELAY).dropDuplicatesWithinWatermark(["order_id"])


def by_minute(orders: DataFrame) -> DataFrame:
    """Count orders and add up amounts by country, currency and minute.

    Args:
        orders: Each order once, with a watermark on `ordered_at`.
    """
    minute = F.window("ordered_at", "1 minute").alias("minute")
    sums = orders.groupBy(minute, "country", "currency").agg(
        F.count("*").alias("orders"), F.sum("amount").alias("amount")
    )
    return sums.select(
        F.col("minute.start").alias("minute"), "country", "currency", "orders", "amount"
    )
