"""Keeps a table in a process of its own, which kills itself at a named point.

    python kept_in_a_process.py WAREHOUSE TABLE POINT

POINT is `before:STEP` or `after:STEP` of upkeep, `files` (compaction wrote its first file and has
committed nothing), `never`, or `make`: make the table and keep nothing.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from micro_batches import micro_batches
from pyspark.sql import SparkSession

from sparkjob import testing
from sparkjob.contracts import parse_contract
from sparkjob.maintenance import upkeep
from sparkjob.maintenance.table import KeptTable

BATCHES = 24
CONTRACT = parse_contract(
    {
        "name": "health.events",
        "write": "append",
        "columns": {
            "id": {"type": "long"},
            "day": {"type": "date"},
            "amount": {"type": "double"},
        },
        "maintenance": {"target_file_mb": 8, "keep_days": 1, "keep_snapshots": 1},
        "retention": {"column": "day", "days": 3650},
    }
)


def main(warehouse, table, point):
    spark = session(Path(warehouse))
    if point == "make":
        micro_batches(spark, table, BATCHES)
        return
    later = time.time() + 30 * 24 * 60 * 60
    upkeep.expire.__globals__["time"] = Clock(later)
    upkeep.STEPS = tuple((name, dying(name, step, point)) for name, step in upkeep.STEPS)
    if point == "files":
        threading.Thread(target=die_at_new_files, args=(Path(warehouse),), daemon=True).start()
    kept = upkeep.Upkeep("health.events")
    kept.keep(KeptTable.open(spark, table, {"sparkrail.job": "maintenance_health"}), CONTRACT)
    print("\n".join(kept.lines()))


class Clock:
    """A clock for which a month has passed, so that there is something to expire."""

    def __init__(self, now):
        self._now = now

    def time(self):
        return self._now


def dying(name, step, point):
    def taken(table, contract):
        die_if(point == f"before:{name}")
        said = step(table, contract)
        die_if(point == f"after:{name}")
        return said

    return taken


def die_at_new_files(warehouse):
    before = set(warehouse.rglob("*.parquet"))
    while set(warehouse.rglob("*.parquet")) <= before:
        time.sleep(0.002)
    die_if(True)


def die_if(now):
    """Die as a machine does whose power is cut: JVM and Python, nobody cleans up."""
    if now:
        os.killpg(os.getpgid(0), signal.SIGKILL)


def session(warehouse):
    testing._find_java()
    builder = SparkSession.builder.master("local[2]").appName("kept")
    for name, value in testing._conf(warehouse).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


if __name__ == "__main__":
    main(*sys.argv[1:])
