"""Iceberg tables of a run: made from their contracts, compared with them, written atomically."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sparkjob.contracts import RUN_KEY, Column, Contract
from sparkjob.errors import ContractBroken

ROWS_PER_FILE = 100_000  # below it, another small file gains nothing
_TABLE = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*\.[A-Za-z_]\w*")
_PROPERTY = "sparkrail."
COMMITS = 6  # of one output, each with Iceberg's own retries
LONGEST_PAUSE_SECONDS = 5.0
_CONFLICTS = ("CommitFailedException", "CommitStateUnknownException", "Cannot commit")
_TABLE_PROPERTIES = {
    "format-version": "2",
    # Iceberg's 4 are too few for a dozen runs of a backfill that end at the same time.
    "commit.retry.num-retries": "20",
}
QUARANTINE = Contract(
    name="quarantine",
    description="Rows that could not be read, as they were",
    write="append",
    key=(),
    partition=(),
    columns=(
        Column(RUN_KEY, "string", required=True, doc="The run that refused the row"),
        Column("reason", "string", required=True, doc="Why it could not be read"),
        Column("file", "string", doc="Where the row was"),
        Column("line", "bigint", doc="Line of the file at which the row starts, from 1"),
        Column("raw", "string", doc="The row as it was"),
    ),
    checks=(),
)


@dataclass(frozen=True)
class Stamp:
    """Which try of which run wrote a snapshot."""

    run_key: str
    generation: int
    attempt: int

    def properties(self) -> Dict[str, str]:
        """The snapshot properties that say so."""
        return {
            f"{_PROPERTY}run-key": self.run_key,
            f"{_PROPERTY}generation": str(self.generation),
            f"{_PROPERTY}attempt": str(self.attempt),
        }

    def same_run(self, summary: Dict[str, str]) -> bool:
        """Whether any attempt at this run and generation wrote the snapshot."""
        mine = self.properties()
        names = (f"{_PROPERTY}run-key", f"{_PROPERTY}generation")
        return all(summary.get(name) == mine[name] for name in names)


def is_table(target: str) -> bool:
    """Whether a target is catalog.database.table and not a path."""
    return bool(_TABLE.fullmatch(target))


def make_table(spark: SparkSession, table: str, contract: Contract) -> bool:
    """Create a table from its contract, or compare it with its contract.

    Returns:
        Whether it was created just now.

    Raises:
        ContractBroken: The table has other columns than its contract.
    """
    if not spark.catalog.tableExists(table):
        spark.sql(_ddl(table, contract))
        return True
    found = _columns_of(spark.table(table).schema)
    differences = column_differences(contract.stored, found, nullability=True)
    if differences:
        raise ContractBroken(
            f"the table {table} differs from its contract {contract.name}:\n"
            + "\n".join(f"  {each}" for each in differences)
            + "\nNothing was published. Change the contract back, or ALTER TABLE by hand."
        )
    return False


def column_differences(
    contract: Sequence[Column], found: Sequence[Column], *, nullability: bool = False
) -> List[str]:
    """List all missing, unexpected and differently typed columns.

    Args:
        contract: What is promised.
        found: What is there.
        nullability: Compare as well which columns may be null.
    """
    there = {column.name: column for column in found}
    told = []
    for column in contract:
        other = there.pop(column.name, None)
        if other is None:
            told.append(f"{column.name}: missing; the contract says {column.type}")
        elif other.type != column.type.replace(" ", ""):
            told.append(f"{column.name}: is {other.type}, the contract says {column.type}")
        elif nullability and other.required != column.required:
            told.append(
                f"{column.name}: required is {_said(other)}, in the contract {_said(column)}"
            )
    told += [f"{name}: is {there[name].type}, the contract has no such column" for name in there]
    return told


def frame_differences(contract: Contract, frame: DataFrame) -> List[str]:
    """List how a frame that a job wants to write differs from the contract."""
    found = _columns_of(frame.schema)
    if contract.stored != contract.columns:
        found = [column for column in found if column.name != RUN_KEY]
    return column_differences(contract.columns, found)


def contract_of(frame: DataFrame, name: str) -> Contract:
    """The contract of an output that has none: its columns as they are, written as a whole."""
    columns = tuple(_columns_of(frame.schema, required=False))
    return Contract(name, "", "replace", (), (), columns, ())


def publish(frame: DataFrame, table: str, contract: Contract, stamp: Stamp) -> None:
    """Write a frame in one commit: over the whole table, or over the rows of its own run key.

    Runs of other keys may commit at the same time. Iceberg then applies this commit to what they
    left, as often as the table's `commit.retry.num-retries` says; if that was too few, or the
    answer to a commit was lost, all is written once more: what is there of this run goes away in
    the commit that brings it again, so it is never there twice.
    """
    for again in range(COMMITS, 0, -1):
        try:
            _overwrite(frame, table, contract, stamp)
        except Exception as error:  # its type depends on the version of Spark
            if again == 1 or not any(sign in str(error) for sign in _CONFLICTS):
                raise
            time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
        else:
            return


def _overwrite(frame: DataFrame, table: str, contract: Contract, stamp: Stamp) -> None:
    stored = [column.name for column in contract.stored]
    if contract.write == "append":
        frame = frame.withColumn(RUN_KEY, F.lit(stamp.run_key))
    writer = frame.select(*stored).writeTo(table)
    for name, value in stamp.properties().items():
        writer = writer.option(f"snapshot-property.{name}", value)
    mine = F.col(RUN_KEY) == stamp.run_key if contract.write == "append" else F.lit(True)
    writer.overwrite(mine)


def own_snapshot(spark: SparkSession, table: str, stamp: Stamp) -> Optional[int]:
    """The id of the table's current snapshot if this run and generation wrote it, else None."""
    iceberg = spark._jvm.org.apache.iceberg.spark.Spark3Util  # no Spark job, unlike t.snapshots
    current = iceberg.loadIcebergTable(spark._jsparkSession, table).currentSnapshot()
    if current is not None and stamp.same_run(dict(current.summary())):
        return int(current.snapshotId())
    return None


def few_files(frame: DataFrame, rows: int, *, at_least: int = 1) -> DataFrame:
    """Put few rows into few partitions, hence files; Spark itself does not for cached frames."""
    return frame.coalesce(max(at_least, 1 + rows // ROWS_PER_FILE))


def _ddl(table: str, contract: Contract) -> str:
    columns = ", ".join(
        f"`{column.name}` {column.type}{' NOT NULL' if column.required else ''}"
        f" COMMENT {_literal(column.doc)}"
        for column in contract.stored
    )
    split = ", ".join(f"`{name}`" for name in contract.stored_partition)
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({columns}) USING iceberg"
        + (f" PARTITIONED BY ({split})" if split else "")
        + f" COMMENT {_literal(contract.description)} TBLPROPERTIES ({_properties()})"
    )


def _properties() -> str:
    return ", ".join(f"'{name}' = '{value}'" for name, value in _TABLE_PROPERTIES.items())


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _columns_of(schema: T.StructType, required: Optional[bool] = None) -> List[Column]:
    return [
        Column(
            field.name,
            field.dataType.simpleString(),
            required=not field.nullable if required is None else required,
        )
        for field in schema.fields
    ]


def _said(column: Column) -> str:
    return "true" if column.required else "false"
