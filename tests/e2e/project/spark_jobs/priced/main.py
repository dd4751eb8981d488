"""Add up amounts by currency, at the price of each."""

from pyspark.sql import functions as F

import sparkjob


def main(run: sparkjob.Run) -> None:
    """Read the input `items` and the prices, write the output `totals`."""
    items = run.accept(run.read_csv("items", required=["currency", "amount"]))
    prices = run.spark.read.csv(run.args["prices"], header=True)
    amount = F.col("amount").cast("double") * F.col("price").cast("double")
    priced = items.join(prices, on="currency", how="inner")
    run.write("totals", priced.groupBy("currency").agg(F.sum(amount).alias("total")))


if __name__ == "__main__":
    sparkjob.run(main)
