"""Count, for all checks of an output at once, how many rows break them."""

from __future__ import annotations

from functools import reduce
from typing import Dict, Optional, Sequence, Tuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkjob.audit.kinds import breaks, newest, shared
from sparkjob.contracts import Check, Contract


def figures(
    rows: DataFrame, contract: Contract, checks: Sequence[Check]
) -> Tuple[int, Dict[Check, Optional[int]]]:
    """Ask Spark, in one query, for the figures that checks judge.

    All conditions on single rows are counted in one aggregation without a shuffle. What should be
    unique is grouped for itself: counting distinct values in the same aggregation would send all
    the other counts along with each value, several times slower from some million rows on.

    Args:
        rows: What the run brings.
        contract: Of the output.
        checks: Those in SQL and those of the number of rows have no figure here.

    Returns:
        The number of rows; and by check how many rows break it, or the newest value, in
        microseconds since 1970, of one of the kind fresh. None: there is none.
    """
    single = {}
    for check in checks:
        condition = breaks(check, rows)
        if check.fresh_hours is not None:
            single[check] = newest(check)
        elif condition is not None:
            single[check] = F.count(F.when(condition, 1))
    unique = [check for check in checks if check.unique]
    parts = [rows.agg(F.array(F.count(F.lit(1)), *single.values()))]
    parts += [shared(each, contract, rows).agg(F.array(F.sum("n"))) for each in unique]
    numbered = [part.toDF("figures").withColumn("part", F.lit(at)) for at, part in enumerate(parts)]
    found = sorted(reduce(DataFrame.union, numbered).collect(), key=lambda row: row["part"])
    (total, *singles), *sums = [row["figures"] for row in found]
    counted = {check: singles[at] for at, check in enumerate(single)}
    return total, {**counted, **{check: sums[at][0] for at, check in enumerate(unique)}}
