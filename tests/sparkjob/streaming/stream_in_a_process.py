"""Runs a stream of its own process, as spark-submit would, and dies at a named point if asked to.

    python stream_in_a_process.py WAREHOUSE JARS POINT HOW [arguments of the job]

POINT is `never`, or `NAME:BATCH` with a name of POINTS. HOW is `once` (take what is there and end)
or `on` (until it is stopped), followed by `+compact` or `+expire` for maintenance before the start.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from pyspark.sql import SparkSession

import sparkjob
from sparkjob import entry, testing
from sparkjob.streaming import guard, sink, tables

TABLES = ("sales.orders", "sales.orders_quarantine")


def main(run):
    good = run.accept(run.read_stream("sales"))
    run.write_stream("orders", good.select("order_id", "customer", "amount")).start()


class Death:
    """Kills JVM and Python, as a machine does whose power is cut."""

    def __init__(self, point):
        self._name, _, batch = point.partition(":")
        self._batch = int(batch or -1)
        self.batch = -1

    def at(self, name):
        if name == self._name and self.batch == self._batch:
            os.killpg(os.getpgid(0), signal.SIGKILL)

    def around(self, module, function, before=None, after=None):
        """Die before or after a function of the product."""
        real = getattr(module, function)

        def dying(*args, **named):
            self.at(before)
            result = real(*args, **named)
            self.at(after)
            return result

        setattr(module, function, dying)


def arm(death):
    real = sink.Sink.take

    def take(self, batch, number):
        death.batch = number
        return real(self, batch, number)

    sink.Sink.take = take
    death.around(sink.Sink, "take", after="after the sink")
    death.around(sink.Sink, "publish", before="before the sink")
    death.around(tables.StreamTables, "write_quarantine", after="between the tables")
    death.around(guard, "stage", after="staged")
    death.around(guard, "add", after="before the commit")
    death.around(guard, "commit", after="after the commit")


def session(warehouse, jars):
    testing._find_java()
    conf = testing._conf(warehouse)
    conf["spark.driver.extraClassPath"] += os.pathsep + jars
    builder = SparkSession.builder.master("local[2]").appName("stream")
    for name, value in conf.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def keep(spark, how):
    for table in TABLES if "+" in how else ():
        if not spark.catalog.tableExists(f"lake.{table}"):
            continue
        spark.sql(
            f"CALL lake.system.rewrite_data_files(table => '{table}', "
            "options => map('rewrite-all', 'true'))"
        )
        if "expire" in how:
            spark.sql(
                f"CALL lake.system.expire_snapshots(table => '{table}', retain_last => 1, "
                "older_than => TIMESTAMP '2099-01-01 00:00:00')"
            )


if __name__ == "__main__":
    warehouse, jars, point, how, *sys.argv[1:] = sys.argv[1:]
    keep(session(Path(warehouse), jars), how)
    parse = entry.parse_arguments

    def parsed(*args, **named):
        told = parse(*args, **named)
        return replace(told, stream=replace(told.stream, once=how.startswith("once")))

    entry.parse_arguments = parsed
    arm(Death(point))
    sparkjob.run(main)
