"""What is no order, and which orders are the same one. No input or output here."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

CURRENCIES = {"CH": "CHF", "DE": "EUR", "US": "USD"}

DELAY = "10 minutes"
"""For how long the same order may come again and still be one, and how late one may come.

Both are counted in the tills' time, from the newest order that was seen. What comes later is not
lost: it is in the late table.
"""


def judge(events: DataFrame) -> DataFrame:
    """Give a reason to an order whose currency is not that of its country.

    Args:
        events: Rows of `read_stream`: the columns of the topic, and its bookkeeping columns.
    """
    return events.withColumn("_reason", F.coalesce("_reason", _foreign_currency()))


def once(orders: DataFrame) -> DataFrame:
    """Keep the first of those that have the same `order_id`, within DELAY."""
    return orders.withWatermark("ordered_at", DELAY).dropDuplicatesWithinWatermark(["order_id"])


def _foreign_currency() -> Column:
    said = F.concat(F.lit('currency "'), "currency", F.lit('" is not that of '), "country")
    wrong = [
        (F.col("country") == country) & (F.col("currency") != currency)
        for country, currency in CURRENCIES.items()
    ]
    either = wrong[0]
    for one in wrong[1:]:
        either = either | one
    return F.when(either, said)
