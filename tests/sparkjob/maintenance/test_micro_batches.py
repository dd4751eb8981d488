"""Many micro-batches: many small files before, few after, and the same rows."""

import time

import pytest
from micro_batches import DAYS, ROWS_PER_BATCH, micro_batches, size_of

from sparkjob.maintenance.figures import Figures, told
from sparkjob.maintenance.upkeep import Upkeep

BATCHES = 150  # benchmarks/maintenance.py has 500


@pytest.mark.slow
def test_many_micro_batches_become_a_file_per_day(spark, tables, contract, monkeypatch):
    name = "lake.stream.events"
    assert micro_batches(spark, name, BATCHES) == BATCHES
    rows, took = query(spark, name)
    before = Figures.of(tables.open(name))
    later = time.time() + 30 * 24 * 60 * 60
    monkeypatch.setattr("sparkjob.maintenance.expiry.time.time", lambda: later)

    upkeep = Upkeep("stream.events")
    upkeep.keep(tables.open(name), contract(keep_snapshots=20))

    found, took_after = query(spark, name)
    after = Figures.of(tables.open(name))
    print("\n".join(upkeep.lines()))
    print(f"{told(before, after)}; a query {took:.2f} -> {took_after:.2f} s")
    assert found == rows
    assert sum(count for _, count, _ in found) == BATCHES * ROWS_PER_BATCH
    assert before.data_files == BATCHES
    assert size_of(spark, name) == (DAYS, 20)
    assert after.manifests < before.manifests / 10
    assert after.bytes < before.bytes


def query(spark, name):
    """Sum by day, and say how many seconds that took."""
    spark.sql(f"REFRESH TABLE {name}")
    started = time.monotonic()
    found = spark.sql(f"SELECT day, count(*), sum(id) FROM {name} GROUP BY day ORDER BY day")
    return [tuple(row) for row in found.collect()], time.monotonic() - started
