"""Rows that a contract does not let in, each with the names of what it breaks."""

from __future__ import annotations

from typing import Dict, List, Tuple

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkjob.audit.kinds import breaks
from sparkjob.contracts import Contract

BROKEN = "_broken"


def checked(rows: DataFrame, contract: Contract, output: str) -> DataFrame:
    """Add what each row breaks; null: nothing.

    A value that is required, or is part of the key, must be there. Of the contract's checks those
    of single rows are asked, whatever share of rows may break them: a batch is no measure for it.

    Args:
        rows: What the job made.
        contract: Of the output.
        output: What the code calls it.
    """
    told = [
        F.when(condition, F.lit(f"{output} breaks {name}"))
        for name, condition in _conditions(rows, contract)
    ]
    found = F.concat_ws("; ", *told) if told else F.lit("")
    return rows.withColumn(BROKEN, F.when(found != "", found))


def warned(rows: DataFrame, contract: Contract) -> Dict[str, SparkColumn]:
    """For each check of rows that only warns: how many rows break it."""
    found = {}
    for check in contract.checks:
        condition = breaks(check, rows) if check.action == "warn" else None
        if condition is not None:
            found[check.name] = F.count(F.when(condition, 1))
    return found


def _conditions(rows: DataFrame, contract: Contract) -> List[Tuple[str, SparkColumn]]:
    needed = [each.name for each in contract.columns if each.required or each.name in contract.key]
    found = [(f"{name} is not null", F.col(f"`{name}`").isNull()) for name in needed]
    for check in contract.checks:
        condition = breaks(check, rows) if check.action == "fail" else None
        if condition is not None and not (check.not_null and check.column in needed):
            found.append((check.name, condition))
    return found
