"""What happens after a job's main function returned: count, quarantine, stage, audit, publish."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Dict, List, Optional, Sequence, Union

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from sparkjob.accounting import Counts, check_limit
from sparkjob.arguments import Arguments
from sparkjob.contracts import QUARANTINE_SUFFIX
from sparkjob.errors import NotPublished, describe, is_retryable
from sparkjob.frames import few_files
from sparkjob.job_run import Run
from sparkjob.publishing.auditing import count_rows
from sparkjob.publishing.folders import Folder
from sparkjob.publishing.names import is_table
from sparkjob.publishing.publication import Publication, Published
from sparkjob.publishing.quarantine import write_quarantine
from sparkjob.publishing.staging import Output

Publishable = Union[Publication, Folder]


def finish(run: Run, arguments: Arguments) -> None:
    """Publish what a job has written, all checks passed; each step can be repeated.

    All outputs are staged and audited before the first of them is published.

    Args:
        run: The run, after main returned.
        arguments: What the run was told.

    Raises:
        TooManyQuarantined: More rows were refused than the limit allows.
        ContractBroken: An output does not keep its contract.
        NotPublished: An output is fine, and could not be brought into its table.
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
    until = run.interval.end if arguments.periods else datetime.now(timezone.utc)
    outputs = [_output(run, name, until) for name in sorted(run.staged)]
    for output in outputs:
        output.stage()
        run.report.suspicious += output.findings
    _publish(run, outputs)


def quarantine_target(arguments: Arguments) -> Optional[str]:
    """The table or path of refused rows: as told, else beside the first output."""
    if arguments.quarantine or not arguments.outputs:
        return arguments.quarantine
    first = next(iter(arguments.outputs.values()))
    return first.rstrip("/") + QUARANTINE_SUFFIX


def _write_quarantine(run: Run, refused: DataFrame, counts: Counts, target: str) -> None:
    if is_table(target):
        write_quarantine(run.spark, refused, counts.quarantined, target, run.stamp)
    else:
        few_files(refused, counts.quarantined).write.mode("overwrite").parquet(target)


def _output(run: Run, name: str, until: datetime) -> Publishable:
    target, contract, phase = run.target(name), run.contract(name), run.report.phase
    frame = _few_partitions(run, run.staged[name]).persist(StorageLevel.MEMORY_AND_DISK)
    run.cached.append(frame)
    with phase("check"):
        rows = count_rows(frame, contract, name, until)
    output = Output(name, target, contract, frame, rows)
    if is_table(target):
        return Publication(run.spark, output, stamp=run.stamp, until=until, phase=phase)
    return Folder(output, until=until, phase=phase)


def _publish(run: Run, outputs: Sequence[Publishable]) -> None:
    done: List[str] = []
    for number, each in enumerate(outputs):
        try:
            published = each.publish()
        except Exception as error:
            if not done:
                raise
            raise _half_way(done, [one.output.table for one in outputs[number:]], error) from error
        done.append(each.output.table)
        run.report.outputs[each.output.name] = _reported(each.output, published)


def _reported(output: Output, published: Optional[Published]) -> Dict[str, object]:
    return {
        "table": output.table,
        "rows": output.rows,
        "snapshot_id": published.snapshot if published else None,
        "base_snapshot_id": published.base if published else None,
        "published": published.how if published else None,
    }


def _half_way(done: List[str], left: List[str], error: Exception) -> NotPublished:
    retryable = is_retryable(error)
    following = (
        "A further attempt publishes the rest, and nothing twice."
        if retryable
        else "When that is mended, run the same run key again: what is published stays."
    )
    return NotPublished(
        f"{describe(error)}\nPublished: {', '.join(done)}.\nNot published: {', '.join(left)}.\n"
        f"{following}",
        retryable=retryable,
    )


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
