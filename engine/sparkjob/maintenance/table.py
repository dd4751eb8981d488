"""An Iceberg table as upkeep sees it: its own API beside its metadata tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping

from pyspark.sql import DataFrame, SparkSession

from sparkjob.publishing.iceberg import load

GC = "gc.enabled"
NOTHING = "nothing to do"
"""What a step says that made no commit."""


@dataclass(frozen=True)
class KeptTable:
    """A table at the moment at which it was opened.

    Args:
        spark: The session.
        name: `catalog.database.table`.
        marks: Snapshot properties that say who changed the table.
        java: Iceberg's own object.
    """

    spark: SparkSession
    name: str
    marks: Mapping[str, str]
    java: Any

    @classmethod
    def open(cls, spark: SparkSession, name: str, marks: Mapping[str, str]) -> KeptTable:
        """Load a table as it is now, past what the session remembers of it."""
        spark.sql(f"REFRESH TABLE {name}")
        return cls(spark, name, marks, load(spark, name))

    def again(self) -> KeptTable:
        """The table as it is now."""
        return self.open(self.spark, self.name, self.marks)

    @property
    def properties(self) -> Dict[str, str]:
        """The table's properties."""
        return dict(self.java.properties())

    @property
    def may_delete_files(self) -> bool:
        """Whether the table owns its files, so that those nobody needs may go."""
        return self.properties.get(GC, "true").lower() != "false"

    @property
    def format_version(self) -> int:
        """Of Iceberg's table format: 1, 2 or 3."""
        return int(self.java.operations().current().formatVersion())

    def metadata(self, kind: str) -> DataFrame:
        """One of Iceberg's metadata tables: files, manifests, snapshots, history, refs."""
        return self.spark.table(f"{self.name}.{kind}")

    def actions(self) -> Any:  # noqa: ANN401  an object of the JVM
        """Iceberg's actions in Spark."""
        return self.spark._jvm.org.apache.iceberg.spark.actions.SparkActions.get(
            self.spark._jsparkSession
        )

    def marked(self, action: Any) -> Any:  # noqa: ANN401  an object of the JVM
        """Have an action write who changed the table into its snapshots."""
        for name in sorted(self.marks):
            action = action.snapshotProperty(name, self.marks[name])
        return action
