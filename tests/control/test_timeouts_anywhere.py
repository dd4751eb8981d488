"""Whenever the time of an execution runs out, nothing of its run is left."""

import json
import time
from collections import Counter

import pytest
from control_loop import key

pytestmark = pytest.mark.slow
# A second of a machine lasts a tenth of one here.
SECONDS_PER_MINUTE = 6
MOMENTS = (1, 3, 5, 8, 11, 14, 17, 20)
"""Of an execution's time, in seconds of its machine; its Spark run takes about fifteen."""
SHORT, LONG = 15, 40
FOREVER = 6000
REFUSED = {
    "match": {"action": "emr-serverless:StartJobRun"},
    "effect": {"kind": "error", "status": 429, "code": "ThrottlingException"},
}


@pytest.fixture(scope="module")
def loop(make_loop):
    jobs = {"orders": ("[run]\nattempts = 3", 1.2)}
    return make_loop(jobs, port=5960, seconds_per_minute=SECONDS_PER_MINUTE, concurrent_runs=1)


@pytest.fixture(scope="module")
def start(loop):
    """Starts an execution whose time is so long; the machine is as it was afterwards."""
    arn = loop.machine("orders")
    before = loop.states.describe_state_machine(stateMachineArn=arn)["definition"]
    days = iter(range(1, 28))

    def begin(machine_seconds, *, by="backfill", pause=None, **parameters):
        written = json.loads(before) | {"TimeoutSeconds": machine_seconds}
        if pause:
            written["States"]["Backoff"]["Seconds"] = pause
        loop.states.update_state_machine(stateMachineArn=arn, definition=json.dumps(written))
        overrides = {"parameters": {name: str(value) for name, value in parameters.items()}}
        given = {"key": key(2026, 1, next(days)), "generation": 1, "by": by, "overrides": overrides}
        execution = loop.start("orders", given)
        loop.states.update_state_machine(stateMachineArn=arn, definition=before)
        return execution

    return begin


def spark(loop, *states):
    """Which Spark runs are in one of these states."""
    return [run["name"] for run in loop.all_runs(states)]


def last_state(loop, execution):
    """Where an execution was when it ended."""
    pages = loop.states.get_paginator("get_execution_history").paginate(executionArn=execution)
    entered = [event.get("stateEnteredEventDetails") for page in pages for event in page["events"]]
    return [one["name"] for one in entered if one][-1]


def left(loop):
    """Locks, and rows that say RUNNING."""
    rows = loop.rows("job#orders")
    return [row for row in rows if row["sk"].startswith("lock") or row.get("state") == "RUNNING"]


@pytest.mark.failure_mode(7)
def test_an_execution_that_runs_out_of_time_leaves_nothing(loop, start, observe):
    pausing = start(LONG, pause=FOREVER, seconds=-1)
    loop.until(lambda: spark(loop, "FAILED"))
    running = start(LONG, by="hand", seconds=FOREVER)
    loop.until(lambda: spark(loop, "RUNNING"))
    queued = start(SHORT)
    loop.until(lambda: spark(loop, "QUEUED"))
    loop.laptop.faults().add(REFUSED)
    refused = start(SHORT)
    named = {pausing: "Backoff", running: "Run", queued: "Run", refused: "Run"}
    ended = {execution: loop.wait(execution)["status"] for execution in named}
    loop.laptop.faults().clear()

    assert ended == dict.fromkeys(named, "TIMED_OUT")
    assert {execution: last_state(loop, execution) for execution in named} == named

    swept = Counter(loop.wait(start(seconds))["status"] for seconds in MOMENTS)
    assert swept["TIMED_OUT"] >= len(MOMENTS) // 2
    began = time.monotonic()
    loop.until(lambda: not loop.live() and not left(loop), seconds=30)
    assert time.monotonic() - began < 30
    rows = loop.runs("orders").values()
    # Time may also run out when only the announcement is left; the keeper makes it.
    assert all(row["state"] == "SUCCEEDED" or "took longer" in row["cause"] for row in rows)
    states = Counter(row["state"] for row in rows)
    assert set(states) <= {"TIMED_OUT", "SUCCEEDED"}
    assert states["TIMED_OUT"] >= len(named)

    ran = loop.run("orders", {"key": key(2026, 2, 1)})
    assert ran["status"] == "SUCCEEDED"
    observe(
        happened=f"{len(named) + swept['TIMED_OUT']} executions ran out of time, at start, in the "
        "application's queue, in Spark, and between tries and attempts: 0 job runs alive, 0 rows "
        "RUNNING, 0 locks held within 30 s",
        user_sees="rows TIMED_OUT, each with its cause; the next run starts",
    )
