"""One hour of changes merged into hints.hints three ways: unbounded, by min and max, by ranges.

    .venv/bin/python -m benchmarks.merge [--rows 10000000] [--changes 100000] [--times 3]

Real Spark and Iceberg on two cores and the local disk. The changes are to the newest hints, but
for one far-off id. Each way starts from the same table (a branch of its own), in turns; all must
leave the same rows. Ends with exit code 1 if they do not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from benchmarks.hints import changes, hints
from benchmarks.scans import scans_of
from sparkjob.contracts import Contract, parse_contract
from sparkjob.merging.sql import merge_sql
from sparkjob.testing import iceberg_jars

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "merge.json"
CONTRACT = ROOT / "tables" / "hints" / "hints.toml"
TABLE = "lake.hints.hints"
ROWS_PER_FILE = 100_000
MIB = 2**20


def main() -> int:
    """Fill the table, merge each way, print, write."""
    told = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="sparkrail-merge-", dir=told.folder))
    spark = _session(folder)
    try:
        contract = parse_contract({**tomllib.loads(CONTRACT.read_text()), "name": "hints.hints"})
        filled = _fill(spark, contract, told.rows)
        source = changes(spark, told.rows, told.changes).persist(StorageLevel.MEMORY_AND_DISK)
        source.createOrReplaceTempView("changes")
        brought = source.count()
        runs = _all_ways(spark, contract, source, told.times)
        result = {
            "rows": told.rows, "changes": brought, "files": filled[0], "mib": filled[1],
            "times": told.times, "ways": {way: _middle(found) for way, found in runs.items()},
        }  # fmt: skip
        same = len({str(each["checksum"]) for found in runs.values() for each in found}) == 1
    finally:
        spark.stop()
        shutil.rmtree(folder)
    _show(result, same)
    if not told.dry:
        RESULT.write_text(json.dumps(result, indent=1) + "\n")
    return 0 if same else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--folder", help="where the table is for the time. Default: TMPDIR")
    parser.add_argument("--dry", action="store_true", help="print only; keep the stored figures")
    return parser.parse_args()


def _session(folder: Path) -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    conf = {
        "spark.driver.extraClassPath": iceberg_jars(),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "3g",
        "spark.local.dir": str(folder / "local"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": str(folder / "lake"),
    }
    builder = SparkSession.builder.master("local[2]").appName("merge")
    for name, value in conf.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _fill(spark: SparkSession, contract: Contract, rows: int) -> tuple[int, int]:
    columns = ", ".join(
        f"`{each.name}` {each.type}{' NOT NULL' if each.required else ''}"
        for each in contract.columns
    )
    split = ", ".join(each.sql for each in contract.partition)
    spark.sql(
        f"CREATE TABLE {TABLE} ({columns}) USING iceberg PARTITIONED BY ({split}) TBLPROPERTIES"
        " ('write.merge.mode'='merge-on-read', 'write.distribution-mode'='none')"
    )
    order = ["status", "type", "hint_id"]
    sorted_rows = (
        hints(spark, rows)
        .repartitionByRange(max(12, rows // ROWS_PER_FILE), *order)
        .sortWithinPartitions(*order)
    )
    sorted_rows.writeTo(TABLE).append()
    found = spark.sql(f"SELECT count(*), sum(file_size_in_bytes) FROM {TABLE}.files").first()
    return int(found[0]), round(found[1] / MIB)


def _all_ways(
    spark: SparkSession, contract: Contract, source: DataFrame, times: int
) -> dict[str, list[dict[str, object]]]:
    lines = merge_sql(spark, "changes", "TARGET", contract).split("\n")
    ways: dict[str, Callable[[str], str]] = {
        "unbounded": lambda target: _statement(lines, target),
        "min and max": lambda target: _statement(lines, target, _min_max(source)),
        "ranges": lambda target: merge_sql(spark, "changes", target, contract),
    }
    for way in ways.values():  # the first of all pays for compiled code and opened files
        _merged(spark, "warm_up", way)
    runs: dict[str, list[dict[str, object]]] = {way: [] for way in ways}
    for turn in range(times):
        for name, way in ways.items():
            runs[name].append(_merged(spark, f"{name.replace(' ', '_')}_{turn}", way))
            print(name, runs[name][-1], flush=True)
    return runs


def _merged(spark: SparkSession, branch: str, way: Callable[[str], str]) -> dict[str, object]:
    spark.sql(f"ALTER TABLE {TABLE} CREATE OR REPLACE BRANCH {branch}")
    target = f"{TABLE}.branch_{branch}"
    with scans_of(spark, TABLE) as scans:
        start = time.monotonic()
        spark.sql(way(target))
        seconds = time.monotonic() - start
    checksum = spark.sql(
        f"SELECT count(*), sum(CAST(xxhash64(*) AS DECIMAL(38,0))) FROM {target}"
    ).first()
    return {
        "seconds": round(seconds, 2),
        "files": scans.most_files,
        "scanned_mib": round(sum(scans.bytes) / MIB, 1),
        "read_mib": round(scans.bytes_read / MIB, 1),
        "checksum": str(tuple(checksum)),
    }


def _statement(lines: list[str], target: str, bound: str = "true") -> str:
    """The same MERGE with another condition on the target's key."""
    merge = lines[0].replace("TARGET", target)
    return "\n".join([merge, f"ON t.hint_id = s.hint_id AND {bound}", *lines[2:]])


def _min_max(source: DataFrame) -> str:
    low, high = source.selectExpr("min(hint_id)", "max(hint_id)").first()
    return f"t.hint_id BETWEEN {low}L AND {high}L"


def _middle(runs: list[dict[str, object]]) -> dict[str, object]:
    seconds = [float(str(each["seconds"])) for each in runs]
    return {
        **runs[0],
        "read_mib": statistics.median(float(str(each["read_mib"])) for each in runs),
        "seconds": statistics.median(seconds),
        "all_seconds": seconds,
    }


def _show(result: dict[str, object], same: bool) -> None:
    print(f"{result['changes']:,} changes, table of {result['rows']:,} rows, ", end="")
    print(f"{result['files']} files, {result['mib']} MiB; median of {result['times']}")
    print("bounds         seconds   files   MiB of these   MiB read   ratio of seconds")
    ways = result["ways"]
    assert isinstance(ways, dict)
    most = ways["unbounded"]["seconds"]
    for name, found in ways.items():
        print(
            f"{name:12s} {found['seconds']:9.2f} {found['files']:7d} {found['scanned_mib']:14.1f}"
            f" {found['read_mib']:10.1f} {found['seconds'] / most:18.2f}"
        )
    print("All left the same rows." if same else "THEY LEFT DIFFERENT ROWS.")


if __name__ == "__main__":
    sys.exit(main())
