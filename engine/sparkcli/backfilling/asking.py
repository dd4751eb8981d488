"""From what a person asked for to a plan, with its price, before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sparkcli.backfilling.estimate import PRICES_OF, JobEstimate, estimate
from sparkcli.backfilling.plan import Chosen, Span, choose, downstream
from sparkcli.backfilling.store import PLANNED, Plan, plan_id, write_plan
from sparkcli.cloud import Cloud
from sparkcli.laptop_door import now as now_in
from sparkcli.ledger import Ledger
from sparkcli.pauses import who
from sparkcli.screen import Screen
from sparkcli.workspace import Workspace

SHOWN = 10
LEFT_OUT = {
    "succeeded": "succeeded already (--again runs them as well)",
    "under_way": "run or wait now",
    "to_come": "stand for a period that is not over",
}


@dataclass(frozen=True)
class Asked:
    """What a person asked for.

    Args:
        job: The job.
        first: First day, in the job's time zone.
        last: Last day, which counts.
        again: Whether keys that succeeded run as well.
        downstream: Whether jobs that read what is written run as well.
        concurrency: How many runs at a time.
    """

    job: str
    first: date
    last: date
    again: bool
    downstream: bool
    concurrency: int


@dataclass(frozen=True)
class Choice:
    """What a backfill would run, and what that may cost."""

    asked: Asked
    chosen: Chosen
    estimates: list[JobEstimate]

    @property
    def usd(self) -> float:
        """The estimate for all runs."""
        return round(sum(each.usd for each in self.estimates), 2)

    @property
    def question(self) -> str:
        """What a person is asked before the start."""
        return (
            f"Start {len(self.chosen.todos)} runs, {self.asked.concurrency} at a time, for an "
            f"estimated {self.usd:,.2f} USD?"
        )

    def as_document(self) -> dict[str, Any]:
        """What `--json` prints when nothing is started."""
        return {
            "plan": None,
            "job": self.asked.job,
            "keys": [
                {"level": todo.level, "job": todo.job, "run_key": todo.key,
                 "generation": todo.generation}
                for todo in self.chosen.todos
            ],
            "left_out": {name: dict(getattr(self.chosen, name)) for name in LEFT_OUT},
            "snapshots": list(self.chosen.snapshots),
            "estimate": {
                "usd": self.usd,
                "prices": f"us-east-1, {PRICES_OF}",
                "jobs": [vars(each) for each in self.estimates],
            },
        }  # fmt: skip

    def write(self, cloud: Cloud) -> Plan:
        """Write the plan into the ledger."""
        asked, now = self.asked, now_in(cloud)
        plan = Plan(
            id=plan_id(now),
            job=asked.job,
            first=asked.first.isoformat(),
            last=asked.last.isoformat(),
            again=asked.again,
            downstream=asked.downstream,
            concurrency=asked.concurrency,
            count=len(self.chosen.todos),
            state=PLANNED,
            by=who(cloud),
            since=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        )
        write_plan(cloud, plan, self.chosen.todos)
        return plan


def plan_backfill(workspace: Workspace, cloud: Cloud, asked: Asked) -> Choice:
    """Find the keys that would run.

    Raises:
        CallError: The job has no keys, as a snapshot job, or the days are none.
    """
    job = workspace.job(asked.job)
    jobs = downstream(job, workspace.jobs.values()) if asked.downstream else [job]
    ledger = Ledger(cloud)
    past = {each.name: ledger.runs(each.name) for each in jobs}
    rows = {name: {row.key: row for row in runs} for name, runs in past.items()}
    span = Span(asked.first, asked.last)
    chosen = choose(jobs, span, rows, again=asked.again, now=now_in(cloud))
    models = {each.name: each for each in jobs}
    return Choice(asked, chosen, estimate(models, chosen.todos, past))


def show_choice(screen: Screen, choice: Choice) -> None:
    """Print the keys, what is left out and why, and the estimate."""
    chosen = choice.chosen
    for level, job in dict.fromkeys((todo.level, todo.job) for todo in chosen.todos):
        keys = [todo.key for todo in chosen.todos if todo.job == job]
        screen.result(f"{job}: {len(keys)} runs" + (f", after level {level - 1}" if level else ""))
        for key in keys[:SHOWN]:
            screen.result(f"  {key}")
        if len(keys) > SHOWN:
            screen.result(f"  and {len(keys) - SHOWN} more, up to {keys[-1]}")
    if not chosen.todos:
        screen.result("There is nothing to run.")
    for name, why in LEFT_OUT.items():
        counts: Mapping[str, int] = getattr(chosen, name)
        for job, count in counts.items():
            screen.result(f"Left out: {count} of {job} {why}.")
    for job in chosen.snapshots:
        screen.result(f"Left out: {job}, a snapshot job without keys. Run it once afterwards.")
    if choice.estimates:
        screen.result(f"Estimate: {choice.usd:,.2f} USD at most, list prices of {PRICES_OF}")
        for each in choice.estimates:
            screen.result(f"  {each}")
