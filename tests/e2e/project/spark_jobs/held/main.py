"""Add up amounts by currency, once a file is gone."""

import time
from pathlib import Path

from pyspark.sql import functions as F

import sparkjob

POLL_SECONDS = 0.1


def main(run: sparkjob.Run) -> None:
    """Read the input `items`, write the output `totals`."""
    items = run.accept(run.read_csv("items", required=["currency", "amount"]))
    print("holding", flush=True)
    while run.args["while_there"] and Path(run.args["while_there"]).exists():
        time.sleep(POLL_SECONDS)
    total = F.sum(F.col("amount").cast("double")).alias("total")
    run.write("totals", items.groupBy("currency").agg(total))


if __name__ == "__main__":
    sparkjob.run(main)
