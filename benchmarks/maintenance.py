"""What maintenance makes of a table that a stream has left: files, bytes, and the time of a query.

    .venv/bin/python benchmarks/maintenance.py [--batches 500]

So many appends of one small file each, as a stream's sink commits them; then one maintenance as the
nightly job does it, on a local Spark with two threads. Query time is the median of 5, after 2 that
do not count. Fails if a row changed or nothing became faster. Writes
benchmarks/results/maintenance.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from sparkjob import testing
from sparkjob.contracts import parse_contract
from sparkjob.maintenance import expiry
from sparkjob.maintenance.figures import Figures
from sparkjob.maintenance.table import KeptTable
from sparkjob.maintenance.upkeep import Upkeep

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "maintenance.json"
TABLE = "lake.stream.events"
BATCHES, QUERIES, WARM = 500, 5, 2
MONTH_SECONDS = 30 * 24 * 60 * 60
QUERY = f"SELECT day, count(*), sum(id), avg(amount) FROM {TABLE} GROUP BY day ORDER BY day"
CONTRACT = parse_contract(
    {
        "name": "stream.events",
        "write": "append",
        "columns": {"id": {"type": "long"}, "day": {"type": "date"}, "amount": {"type": "double"}},
    }
)


def main() -> int:
    """Make the table, query it, keep it, query it again; print and write the figures."""
    sys.path.insert(0, str(ROOT / "tests" / "sparkjob" / "maintenance"))
    from micro_batches import files_below, micro_batches  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--batches", type=int, default=BATCHES, help="how many appends")
    batches = parser.parse_args().batches
    with tempfile.TemporaryDirectory() as folder:
        spark = _session(Path(folder))
        micro_batches(spark, TABLE, batches)
        table = KeptTable.open(spark, TABLE, {})
        location = str(table.java.location())
        before, rows = _figures(spark, table, files_below(location))
        expiry.time = _Later()  # type: ignore[assignment]  # a month on: snapshots may expire
        kept = Upkeep(CONTRACT.name)
        kept.keep(table, CONTRACT)
        print("\n".join(kept.lines()))
        after, rows_after = _figures(spark, table.again(), files_below(location))
        spark.stop()
    figures = {"batches": batches, "before": before, "after": after, "seconds": kept.seconds}
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    _print(before, after)
    faster = after["query_seconds"] < before["query_seconds"]
    return 0 if rows == rows_after and faster else 1


def _figures(spark: SparkSession, table: KeptTable, files: set[Path]) -> tuple[dict[str, Any], Any]:
    spark.sql(f"REFRESH TABLE {TABLE}")
    took, rows = [], None
    for _ in range(WARM + QUERIES):
        started = time.monotonic()
        rows = [tuple(row)[:3] for row in spark.sql(QUERY).collect()]
        took.append(time.monotonic() - started)
    return {
        **Figures.of(table).document(),
        "files_stored": len(files),
        "bytes_stored": sum(path.stat().st_size for path in files),
        "query_seconds": round(statistics.median(took[WARM:]), 3),
    }, rows


def _print(before: dict[str, Any], after: dict[str, Any]) -> None:
    print(f"\n{'':16}{'before':>14}{'after':>14}{'ratio':>10}")
    for name, was in before.items():
        ratio = f"{was / after[name]:,.1f}" if after[name] else "-"
        print(f"{name:16}{was:>14,}{after[name]:>14,}{ratio:>10}")


class _Later:
    """A clock for which a month has passed."""

    def time(self) -> float:
        return time.time() + MONTH_SECONDS


def _session(folder: Path) -> SparkSession:
    testing._find_java()
    builder = SparkSession.builder.master("local[2]").appName("maintenance")
    for name, value in testing._conf(folder).items():
        builder = builder.config(name, value)
    session: SparkSession = builder.getOrCreate()
    return session


if __name__ == "__main__":
    sys.exit(main())
