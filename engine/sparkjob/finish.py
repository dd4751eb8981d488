"""What happens after a job's main function returned: count, quarantine, check, publish."""

from __future__ import annotations

from typing import Optional

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkjob.accounting import Counts, check_limit
from sparkjob.arguments import Arguments
from sparkjob.checks import examine
from sparkjob.contracts import RUN_KEY
from sparkjob.job_run import Run
from sparkjob.tables import (
    QUARANTINE,
    few_files,
    is_table,
    make_table,
    own_snapshot,
    publish,
)

QUARANTINE_SUFFIX = "_quarantine"


def finish(run: Run, arguments: Arguments) -> None:
    """Publish what a job has staged, all checks passed; each step can be repeated.

    Args:
        run: The run, after main returned.
        arguments: What the run was told.

    Raises:
        TooManyQuarantined: More rows were refused than the limit allows.
        ContractBroken: An output does not keep its contract.
    """
    with run.report.phase("count"):
        counts = run.accounting.count()
        run.report.counts = counts
    refused = run.accounting.quarantined(run.run_key)
    target = quarantine_target(arguments)
    if refused is not None and target is not None:
        with run.report.phase("quarantine"):
            _write_quarantine(run, refused, counts, target)
        run.report.quarantine = _as_queried(run, target)
        check_limit(counts, arguments.quarantine_percent, refused, run.report.quarantine)
    for name in sorted(run.staged):
        _publish(run, name)


def quarantine_target(arguments: Arguments) -> Optional[str]:
    """The table or path of refused rows: as told, else beside the first output."""
    if arguments.quarantine or not arguments.outputs:
        return arguments.quarantine
    first = next(iter(arguments.outputs.values()))
    return first.rstrip("/") + QUARANTINE_SUFFIX


def _write_quarantine(run: Run, refused: DataFrame, counts: Counts, target: str) -> None:
    rows = few_files(refused, counts.quarantined)
    if not is_table(target):
        rows.write.mode("overwrite").parquet(target)
        return
    created = make_table(run.spark, target, QUARANTINE)
    if own_snapshot(run.spark, target, run.stamp) is not None:
        return
    if counts.quarantined or not (created or _is_clean(run, target)):
        publish(rows, target, QUARANTINE, run.stamp)


def _is_clean(run: Run, quarantine: str) -> bool:
    """Whether no earlier try of this run key has refused rows."""
    mine = run.spark.table(quarantine).where(F.col(RUN_KEY) == run.run_key)
    return not mine.take(1)


def _publish(run: Run, name: str) -> None:
    target, contract = run.target(name), run.contract(name)
    frame = _few_partitions(run, run.staged[name]).persist(StorageLevel.MEMORY_AND_DISK)
    run.cached.append(frame)
    with run.report.phase("check"):
        if is_table(target):
            make_table(run.spark, target, contract)
        rows, findings = examine(frame, contract, name)
    run.report.suspicious += findings
    with run.report.phase("write"):
        snapshot = None
        if not is_table(target):
            few_files(frame, rows).write.mode("overwrite").parquet(target)
        else:
            snapshot = own_snapshot(run.spark, target, run.stamp)
            if snapshot is None:
                publish(few_files(frame, rows), target, contract, run.stamp)
                snapshot = own_snapshot(run.spark, target, run.stamp)
    run.report.outputs[name] = {"table": target, "rows": rows, "snapshot_id": snapshot}


def _few_partitions(run: Run, frame: DataFrame) -> DataFrame:
    """Spare a small output hundreds of empty partitions, if all that went into it was counted."""
    counts, inputs = run.report.counts, run.report.inputs.values()
    if counts is None or not counts.used or any(each["files"] is None for each in inputs):
        return frame
    cores = run.spark.sparkContext.defaultParallelism
    return few_files(frame, counts.used, at_least=cores)


def _as_queried(run: Run, target: str) -> str:
    """The name of a table as `sparkrail query` knows it: that of the contract."""
    if not is_table(target):
        return target
    _, database, table = target.split(".")
    for name in run.staged:
        if is_table(run.target(name)) and run.target(name).split(".")[1] == database:
            return f"{run.contract(name).name.split('.')[0]}.{table}"
    return f"{database}.{table}"
