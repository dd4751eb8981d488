"""Write down what can be imported, here in the driver and in a worker."""

import importlib
import sys

from pyspark.sql import types

import sparkjob

NAMES = {"six": "__version__", "markupsafe._speedups": "__file__", "boto3": "__version__"}
COLUMNS = ("place", "executable", "six", "markupsafe", "boto3")
SCHEMA = types.StructType([types.StructField(name, types.StringType()) for name in COLUMNS])


def what_is_here(place: str) -> tuple[str | None, ...]:
    """A row of the table."""
    found: list[str | None] = []
    for name, attribute in NAMES.items():
        try:
            found.append(str(getattr(importlib.import_module(name), attribute)))
        except ImportError:
            found.append(None)
    return (place, sys.executable, *found)


def main(run: sparkjob.Run) -> None:
    """Read the input `items`, whatever it holds; write the output `imports`."""
    run.accept(run.read_csv("items"))
    worker = run.spark.sparkContext.parallelize(["worker"], 1).map(what_is_here).collect()
    run.write("imports", run.spark.createDataFrame([what_is_here("driver"), *worker], SCHEMA))


if __name__ == "__main__":
    sparkjob.run(main)
