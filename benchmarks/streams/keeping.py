"""What happens to tables and checkpoint while no stream runs: maintenance, and a lost log entry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.streams.events import Events
from benchmarks.streams.submit import CATALOG

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLES = ("sales.orders", "sales.orders_quarantine", "sales.orders_late")


def forget_newest(checkpoint: Path, events: Events) -> int:
    """Remove the newest entry of the log of commits, as if the driver had died before it.

    Returns:
        The number of its batch; -1, if a later batch had come to the sink by then, which Spark
        cannot do before that entry is written.
    """
    newest = _newest(checkpoint / "commits")
    taken = [event["batch"] for event in events.all() if event["what"] == "take"]
    if newest < 0 or (taken and taken[-1] > newest):
        return -1
    _remove(checkpoint / "offsets", newest + 1)  # it may have been planned, no more
    _remove(checkpoint / "commits", newest)
    return newest


def keep(spark: SparkSession) -> None:
    """Put files together, and forget all snapshots but the newest."""
    for table in TABLES:
        if not spark.catalog.tableExists(f"{CATALOG}.{table}"):
            continue
        spark.sql(
            f"CALL {CATALOG}.system.rewrite_data_files(table => '{table}', "
            "options => map('min-input-files', '2'))"
        )
        spark.sql(
            f"CALL {CATALOG}.system.expire_snapshots(table => '{table}', retain_last => 1, "
            "older_than => TIMESTAMP '2099-01-01 00:00:00')"
        )


def _newest(folder: Path) -> int:
    numbers = [int(path.name) for path in folder.iterdir() if path.name.isdigit()]
    return max(numbers, default=-1)


def _remove(folder: Path, number: int) -> None:
    for name in (str(number), f".{number}.crc"):
        (folder / name).unlink(missing_ok=True)
