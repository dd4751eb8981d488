"""Manifests: many small ones make every query slow to plan."""

from __future__ import annotations

from pyspark.sql import functions as F

from sparkjob.maintenance.table import NOTHING, KeptTable

MANY = 10
"""So many small manifests are worth a commit."""

_SMALL = 0.5
_TARGET = "commit.manifest.target-size-bytes"
_DEFAULT_TARGET = 8 * 1024 * 1024


def rewrite_manifests(table: KeptTable) -> str:
    """Write the manifests anew if there are many small ones, and more small ones than others."""
    if table.java.currentSnapshot() is None:
        return NOTHING
    target = int(table.properties.get(_TARGET, _DEFAULT_TARGET))
    small = F.col("length") < _SMALL * target
    counted = (
        table.metadata("manifests")
        .groupBy("partition_spec_id", "content")
        .agg(
            F.count(F.when(small, 1)).alias("small"),
            F.count(F.when(~small, 1)).alias("large"),
            F.ceil(F.sum("length") / target).alias("enough"),
        )
        .collect()
    )
    specs = sorted(
        {
            row["partition_spec_id"]
            for row in counted
            if row["small"] - row["enough"] >= MANY - 1 and row["small"] > row["large"]
        }
    )
    before = after = 0
    for spec in specs:
        action = table.marked(table.actions().rewriteManifests(table.java).specId(spec))
        result = action.execute()
        before += sum(1 for _ in result.rewrittenManifests().iterator())
        after += sum(1 for _ in result.addedManifests().iterator())
    return f"{before:,} manifests written as {after:,}" if before else NOTHING
