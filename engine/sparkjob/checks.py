"""Compare an output's rows with its contract, in one aggregation, before anything is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Dict, List, Tuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkjob.contracts import Check, Contract
from sparkjob.errors import ContractBroken

_SAMPLES = 5
_ROWS, _KEYS = "rows", "keys"


@dataclass(frozen=True)
class Finding:
    """Rows of an output that are not plausible.

    Args:
        output: What the code calls the output.
        check: The check that they fail, such as `ratio <= 1`.
        count: How many there are.
        sample: Key and value of a few.
    """

    output: str
    check: str
    count: int
    sample: Tuple[Dict[str, Any], ...]

    def __str__(self) -> str:
        first = ", ".join(f"{name} {value}" for name, value in self.sample[0].items())
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        fail = "fails" if self.count == 1 else "fail"
        return f"{rows} of {self.output} {fail} {self.check}, for example {first}"


def examine(frame: DataFrame, contract: Contract, output: str) -> Tuple[int, List[Finding]]:
    """Count an output's rows and those that are not plausible.

    Returns:
        The number of rows, and a finding for each check of action `warn` that rows fail.

    Raises:
        ContractBroken: A required value is missing, rows share a key, or a check of action
            `fail` is not kept.
    """
    counted = frame.agg(*_aggregates(contract)).collect()[0]
    rows = int(counted[_ROWS])
    broken = [
        f"{column.name} is required and missing in {counted[f'null {column.name}']:,} rows"
        for column in contract.columns
        if column.required and counted[f"null {column.name}"]
    ]
    if contract.key and counted[_KEYS] != rows:
        shared = f"{rows:,} rows have {counted[_KEYS]:,} keys"
        broken.append(f"rows share a key ({', '.join(contract.key)}): {shared}")
    findings = []
    for check in contract.checks:
        if not counted[f"check {check}"]:
            continue
        finding = _finding(frame, contract, check, output, int(counted[f"check {check}"]))
        if check.action == "fail":
            broken.append(str(finding))
        else:
            findings.append(finding)
    if broken:
        told = "\n".join(f"  {each}" for each in broken)
        raise ContractBroken(
            f"{output} breaks its contract {contract.name}:\n{told}\nNothing was published."
        )
    return rows, findings


def _aggregates(contract: Contract) -> List[Column]:
    counts = [F.count(F.lit(1)).alias(_ROWS)]
    counts += [
        F.count(F.when(F.col(column.name).isNull(), 1)).alias(f"null {column.name}")
        for column in contract.columns
        if column.required
    ]
    if contract.key:
        counts.append(F.count_distinct(F.struct(*contract.key)).alias(_KEYS))
    counts += [
        F.count(F.when(_outside(check), 1)).alias(f"check {check}") for check in contract.checks
    ]
    return counts


def _outside(check: Check) -> Column:
    column, outside = F.col(check.column), F.lit(False)
    if check.min is not None:
        outside = outside | (column < check.min)
    if check.max is not None:
        outside = outside | (column > check.max)
    return outside


def _finding(
    frame: DataFrame, contract: Contract, check: Check, output: str, count: int
) -> Finding:
    names = list(dict.fromkeys([*contract.key, check.column]))
    rows = frame.where(_outside(check)).select(*names).orderBy(*names).limit(_SAMPLES).collect()
    sample = tuple({name: _plain(row[name]) for name in names} for row in rows)
    return Finding(output=output, check=str(check), count=count, sample=sample)


def _plain(value: object) -> object:
    """Turn a value into one that JSON can carry."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
