"""What the audit of a staged output reads, and what it says where a person can look."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkjob.audit.examine import Audit, Staged, examine
from sparkjob.contracts import RUN_KEY, Contract
from sparkjob.publishing.branches import RETAIN_DAYS, Stamp
from sparkjob.publishing.iceberg import at_snapshot
from sparkjob.publishing.staging import Output

_ROWS, _KEYS = "rows", "keys"


def count_rows(frame: DataFrame, contract: Contract, output: str, until: datetime) -> int:
    """Count an output's rows, and refuse those that could not even be written.

    These are rows without a required value, on which Spark's writer fails in words of its own,
    and rows that share a key, of which a MERGE would add each one.

    Raises:
        ContractBroken: There are such rows; all other checks are made and told as well.
    """
    counts = [F.count(F.lit(1)).alias(_ROWS)]
    counts += [
        F.count(F.when(F.col(column.name).isNull(), 1)).alias(f"null {column.name}")
        for column in contract.columns
        if column.required
    ]
    if contract.write == "merge":
        counts.append(F.count_distinct(F.struct(*contract.key)).alias(_KEYS))
    counted = frame.agg(*counts).collect()[0].asDict()
    rows = int(counted.pop(_ROWS))
    if counted.pop(_KEYS, rows) != rows or any(counted.values()):
        asked = tuple(check for check in contract.checks if check.sql is None)
        examine(Staged(frame, None, until), replace(contract, checks=asked), output)
    return rows


def audit(
    spark: SparkSession, output: Output, snapshot_id: int, stamp: Stamp, until: datetime
) -> Audit:
    """Compare what a run has staged with the contract.

    Of `replace` and `append` the rows are read back from the branch; of the other modes, where
    no filter says which rows of the table are new, they are those that were given to the writer.

    Args:
        spark: The session.
        output: What was staged.
        snapshot_id: The staged snapshot.
        stamp: Which run.
        until: The end of the run's interval, else now.

    Raises:
        ContractBroken: A check fails; says how to look at the rows.
    """
    contract = output.contract
    table = at_snapshot(spark, output.table, snapshot_id)
    rows = output.frame
    if contract.write == "replace":
        rows = table
    elif contract.write == "append":
        rows = table.where(F.col(RUN_KEY) == stamp.run_key)
    return examine(Staged(rows, table, until), contract, output.name, where=_where(output, stamp))


def _where(output: Output, stamp: Stamp) -> str:
    until = datetime.now(timezone.utc) + timedelta(days=RETAIN_DAYS)
    return (
        f"The rows are in a branch of the table, at least until {until:%Y-%m-%d %H:%M} UTC: "
        f"sparkrail query --branch {stamp.job}/{stamp.run_key} "
        f'"SELECT * FROM {output.contract.name}"'
    )
