"""Add up amounts in euros, by currency."""

from pyspark.sql import functions as F

import sparkjob

RATES = {"EUR": 1.0}


def main(run: sparkjob.Run) -> None:
    """Read the input `items`, write the output `totals`."""
    items = run.accept(run.read_csv("items", required=["currency", "amount"]))
    known = [row.currency for row in items.select("currency").distinct().collect()]
    rate = F.create_map(*[F.lit(part) for each in known for part in (each, RATES[each])])
    total = F.sum(F.col("amount").cast("double") * rate[F.col("currency")]).alias("total")
    run.write("totals", items.groupBy("currency").agg(total))


if __name__ == "__main__":
    sparkjob.run(main)
