"""Triggers that come twice, sent by many at once, and what the platform made of them."""

import itertools
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Trigger:
    """What a schedule gives the machine of a job."""

    job: str
    moment: datetime

    @property
    def given(self):
        return {"scheduled_time": f"{self.moment:%Y-%m-%dT%H:%M:%SZ}", "by": "schedule"}

    @property
    def run(self):
        return self.job, f"{self.moment:%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True)
class Tally:
    """What is left when everything has run.

    Args:
        rows: States of the ledger's rows, by job and run key.
        runs: How many Spark runs there were, by the name that job, key and generation give.
        outcomes: How many machines ran their job, or did something else instead.
    """

    rows: dict
    runs: Counter
    outcomes: Counter


def waves(jobs, *, events, duplicate_share, wave, seed):
    """Triggers in waves; of the duplicates half are of the same wave, half of any before.

    Args:
        jobs: Names of the jobs, which take turns.
        events: How many triggers in all.
        duplicate_share: How many of them were there before, from 0 to 1.
        wave: How many triggers come at once.
        seed: Of the choice.
    """
    chance = random.Random(seed)
    fresh = (
        Trigger(job, FIRST + timedelta(minutes=minute))
        for minute in itertools.count()
        for job in jobs
    )
    known = []
    for begin in range(0, events, wave):
        size = min(wave, events - begin)
        twice = round(size * duplicate_share)
        new = list(itertools.islice(fresh, size - twice))
        near = [chance.choice(new) for _ in range(twice - twice // 2)]
        far = [chance.choice(known or new) for _ in range(twice // 2)]
        known += new
        triggers = [*new, *near, *far]
        chance.shuffle(triggers)
        yield triggers


def send(loop, triggers, *, threads=8):
    """Start the machines from threads of their own; the executions' ARNs."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda one: loop.start(one.job, one.given), triggers))


def settle(loop, executions, seconds):
    """Wait until the machines have ended and no run is open or waiting."""
    # Asked seldom, because the laptop cloud that answers has the work to do as well.
    loop.until(lambda: not open_rows(loop), seconds, every=1)
    for execution in executions:
        loop.wait(execution, seconds)
    loop.until(lambda: not open_rows(loop), seconds, every=1)


def open_rows(loop):
    """How many rows of the ledger say that a run goes on or waits, or that a job is held."""
    return sum(
        loop.dynamodb.query(
            TableName=loop.outputs["LedgerName"],
            IndexName="open",
            KeyConditionExpression="#open = :open",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":open": {"S": mark}},
            Select="COUNT",
        )["Count"]
        for mark in ("1", "queue", "lock")
    )


def tally(loop, executions):
    """Count what is left."""
    rows = {(job, key): row["state"] for job in loop.jobs for key, row in loop.runs(job).items()}
    outcomes = Counter(
        json.loads(loop.wait(execution)["output"]).get("outcome", "ran") for execution in executions
    )
    return Tally(rows=rows, runs=Counter(run["name"] for run in loop.all_runs()), outcomes=outcomes)
