"""Add up amounts by currency."""

from pyspark.sql import functions as F

import sparkjob


def main(run: sparkjob.Run) -> None:
    """Read the input `items`, write the output `totals`."""
    items = run.accept(run.read_csv("items", required=["currency", "amount"]))
    total = F.sum(F.col("amount").cast("double")).alias("total")
    run.write("totals", items.groupBy("currency").agg(total))


if __name__ == "__main__":
    sparkjob.run(main)
