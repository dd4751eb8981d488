"""What runs may cost, estimated before they are started."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sparkcli.ledger import RunRow

if TYPE_CHECKING:
    from sparkcli.backfilling.plan import Todo
    from sparkmodel import Job

PRICES_OF = "2026-11"
"""When these prices were looked up: list prices of us-east-1, in USD.

(aws.amazon.com/emr/pricing, EMR Serverless; x86_64 as AWS's best-practices benchmarks state it;
arm64 about a fifth less; standard disk beyond the 20 GB of each worker that are free.)
"""
USD_PER_VCPU_HOUR = {"x86_64": 0.052624, "arm64": 0.042094}
USD_PER_GB_HOUR = {"x86_64": 0.0057785, "arm64": 0.004628}
USD_PER_DISK_GB_HOUR = 0.000111
FREE_DISK_GB = 20
PAST_RUNS = 30  # the newest ones say how long a run takes today


@dataclass(frozen=True)
class JobEstimate:
    """What the runs of one job may cost.

    Args:
        job: Its name.
        runs: How many.
        minutes: Of each run.
        past_runs: How many runs the minutes are the median of; 0: they are the timeout.
        vcpu: With all executors.
        memory_gb: With all executors.
        usd: Of all runs together.
    """

    job: str
    runs: int
    minutes: float
    past_runs: int
    vcpu: int
    memory_gb: int
    usd: float

    def __str__(self) -> str:
        source = f"median of {self.past_runs} past runs" if self.past_runs else "the timeout"
        return (
            f"{self.job}: {self.runs} runs x {self.minutes:.1f} min ({source}) x {self.vcpu} vCPU, "
            f"{self.memory_gb} GB"
        )


def estimate(
    jobs: Mapping[str, "Job"], todos: Sequence["Todo"], rows: Mapping[str, Iterable[RunRow]]
) -> list[JobEstimate]:
    """Estimate what some runs cost: typical minutes times the workers at list prices.

    All executors are counted for the whole run, so the bill is rather smaller; what was not yet
    run is counted with its timeout.

    Args:
        jobs: By name.
        todos: The runs.
        rows: Past runs of each job.
    """
    counts: dict[str, int] = {}
    for todo in todos:
        counts[todo.job] = counts.get(todo.job, 0) + 1
    return [_of_job(jobs[name], runs, list(rows.get(name, ()))) for name, runs in counts.items()]


def _of_job(job: "Job", runs: int, rows: list[RunRow]) -> JobEstimate:
    from statistics import median  # noqa: PLC0415  `--help` does without numbers

    newest = sorted(rows, key=lambda row: row.since, reverse=True)
    known = [minutes for row in newest if (minutes := _minutes(row)) is not None][:PAST_RUNS]
    minutes = median(known) if known else float(job.run.timeout_minutes)
    spark = job.spark
    workers = [spark.driver, *[spark.executor] * spark.max_executors]
    vcpu, memory = sum(w.vcpu for w in workers), sum(w.memory_gb for w in workers)
    disk = sum(worker.disk_gb - FREE_DISK_GB for worker in workers)
    per_hour = (
        vcpu * USD_PER_VCPU_HOUR[spark.architecture]
        + memory * USD_PER_GB_HOUR[spark.architecture]
        + disk * USD_PER_DISK_GB_HOUR
    )
    usd = runs * minutes / 60 * per_hour
    return JobEstimate(job.name, runs, minutes, len(known), vcpu, memory, round(usd, 2))


def _minutes(row: RunRow) -> float | None:
    if row.state != "SUCCEEDED" or not row.since or not row.ended:
        return None
    took = datetime.fromisoformat(row.ended) - datetime.fromisoformat(row.since)
    return took.total_seconds() / 60
