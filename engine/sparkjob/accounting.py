"""Every row that was read is used, excluded or quarantined, and is counted as such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkjob.csv.reader import BOOKKEEPING, FILE, LINE, RAW, REASON
from sparkjob.errors import ContractBroken, NotAvailable, TooManyQuarantined

FATE = "_fate"
USED, EXCLUDED, QUARANTINED = "used", "excluded", "quarantined"
Excluded = Callable[[DataFrame], Column]
_SAMPLES = 3


@dataclass(frozen=True)
class Counts:
    """How many rows were read, and what became of them."""

    read: int = 0
    used: int = 0
    excluded: int = 0
    quarantined: int = 0

    def __str__(self) -> str:
        parts = f"used {self.used:,} + excluded {self.excluded:,}"
        return f"read {self.read:,} = {parts} + quarantined {self.quarantined:,}"


class Accounting:
    """The accepted rows of a run.

    Args:
        cached: Frames to let go of at the end of the run; what is accepted is added.
    """

    def __init__(self, cached: List[DataFrame]) -> None:
        self.records: Dict[str, int] = {}
        self._cached = cached
        self._marked: List[DataFrame] = []

    def accept(self, rows: DataFrame, excluded: Optional[Excluded] = None) -> DataFrame:
        """Take rows into the accounts; the used ones come back, without bookkeeping columns."""
        missing = [name for name in BOOKKEEPING if name not in rows.columns]
        if missing:
            raise NotAvailable(
                f"accept needs the columns {', '.join(missing)}, which read_csv adds; "
                "keep them in each select before accept."
            )
        useless = excluded(rows) if excluded else F.lit(False)
        fate = (
            F.when(F.col(REASON).isNotNull(), QUARANTINED)
            .when(F.coalesce(useless, F.lit(False)), EXCLUDED)
            .otherwise(USED)
        )
        marked = rows.withColumn(FATE, fate).persist(StorageLevel.MEMORY_AND_DISK)
        self._marked.append(marked)
        self._cached.append(marked)
        return marked.where(F.col(FATE) == USED).drop(*BOOKKEEPING, FATE)

    def count(self) -> Counts:
        """Count the accepted rows; this one pass also computes and caches them.

        Raises:
            ContractBroken: Rows were lost or multiplied between read_csv and accept.
        """
        fates: Dict[str, int] = {USED: 0, EXCLUDED: 0, QUARANTINED: 0}
        by_file: Dict[str, int] = {}
        for marked in self._marked:
            for file, fate, count in marked.groupBy(FILE, FATE).count().collect():
                fates[fate] += count
                by_file[file] = by_file.get(file, 0) + count
        for file in sorted(by_file):
            if by_file[file] != self.records.get(file, by_file[file]):
                raise ContractBroken(
                    f"{file} has {self.records[file]:,} rows, accept got {by_file[file]:,} of "
                    "them. Drop no row and repeat none before accept: mark rows without value "
                    "with excluded=, and filter after accept."
                )
        return Counts(read=sum(fates.values()), **fates)

    def quarantined(self, run_key: str) -> Optional[DataFrame]:
        """The refused rows: run_key, reason, file, line, raw; None if nothing was accepted."""
        frames = [
            marked.where(F.col(FATE) == QUARANTINED).select(
                F.lit(run_key).alias("run_key"),
                F.col(REASON).alias("reason"),
                F.col(FILE).alias("file"),
                F.col(LINE).cast("bigint").alias("line"),
                F.col(RAW).alias("raw"),
            )
            for marked in self._marked
        ]
        if not frames:
            return None
        union = frames[0]
        for frame in frames[1:]:
            union = union.unionByName(frame)
        return union


def check_limit(counts: Counts, percent: float, refused: Optional[DataFrame], where: str) -> None:
    """Fail the run if too many rows were refused.

    Args:
        counts: The accounts.
        percent: The share, in percent, that may be refused; more than it fails.
        refused: The refused rows, for samples.
        where: Table or path in which they are.

    Raises:
        TooManyQuarantined: The share is over the limit.
    """
    if refused is None or counts.quarantined * 100 <= percent * counts.read:
        return
    samples = refused.orderBy("file", "line").limit(_SAMPLES).collect()
    share = 100 * counts.quarantined / counts.read
    told = [f"  {row['file']} line {row['line']}: {row['reason']}" for row in samples]
    raise TooManyQuarantined(
        f"{counts.quarantined:,} of {counts.read:,} rows could not be read ({share:.1f} %), "
        f"and the limit is {percent:g} %. Nothing was published. For example:\n"
        + "\n".join(told)
        + f"\nAll of them are in {where}; see them: {look_at(where)}"
    )


def look_at(where: str) -> str:
    """The command that shows refused rows.

    >>> look_at("health.beds_quarantine")
    'sparkrail query "SELECT reason, file, line, raw FROM health.beds_quarantine"'
    """
    if "/" in where:
        return f"pyspark, then spark.read.parquet({where!r}).show()"
    return f'sparkrail query "SELECT reason, file, line, raw FROM {where}"'
