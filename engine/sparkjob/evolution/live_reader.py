"""An Iceberg table as it is now, read through Iceberg's Java API."""

from __future__ import annotations

import json
from typing import Any, Dict

from pyspark.sql import SparkSession

from sparkjob.evolution.live_table import LiveTable, live_table


def read_live(spark: SparkSession, table: Any) -> LiveTable:  # noqa: ANN401  an object of the JVM
    """Describe a table, or what a transaction has made of one so far.

    Args:
        spark: The session.
        table: Iceberg's Table.
    """
    java = spark._jvm.org.apache.iceberg
    schema = json.loads(java.SchemaParser.toJson(table.schema()))
    specs = [json.loads(java.PartitionSpecParser.toJson(each)) for each in table.specs().values()]
    order = json.loads(java.SortOrderParser.toJson(table.sortOrder()))
    current = table.currentSnapshot()
    document: Dict[str, Any] = {
        "format-version": java.TableUtil.formatVersion(table),
        "schemas": [schema],
        "current-schema-id": schema["schema-id"],
        "partition-specs": specs,
        "default-spec-id": table.spec().specId(),
        "sort-orders": [order],
        "default-sort-order-id": order["order-id"],
        "properties": dict(table.properties()),
        "current-snapshot-id": None if current is None else current.snapshotId(),
        "snapshots": [] if current is None else [_snapshot(current)],
    }
    return live_table(document)


def _snapshot(found: Any) -> Dict[str, Any]:  # noqa: ANN401  an object of the JVM
    return {
        "snapshot-id": found.snapshotId(),
        "parent-snapshot-id": found.parentId(),
        "summary": dict(found.summary()),
    }
