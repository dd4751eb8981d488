"""Whenever an execution is stopped, nothing of its run is left."""

import time

import pytest
from control_loop import key

pytestmark = pytest.mark.slow
MOMENTS = 10
LATEST_SECONDS = 1.6


@pytest.fixture(scope="module")
def loop(make_loop):
    return make_loop({"orders": ("", 1.2)}, port=5920)


@pytest.mark.failure_mode(7)
def test_an_execution_stopped_at_any_moment_leaves_nothing(loop, observe):
    stopped = 0
    for moment in range(MOMENTS):
        # Each of a backfill has a lock of its own, so none is skipped because of the one before.
        given = {"key": key(2026, 1, 1 + moment), "generation": 1, "by": "backfill"}
        execution = loop.start("orders", given)
        time.sleep(moment * LATEST_SECONDS / MOMENTS)
        loop.states.stop_execution(executionArn=execution)
        stopped += loop.wait(execution)["status"] == "ABORTED"
    started = time.monotonic()
    loop.until(lambda: not loop.live() and not _held(loop), seconds=30)
    seconds = time.monotonic() - started
    states = [row["state"] for row in loop.runs("orders").values()]
    assert "RUNNING" not in states
    assert stopped >= MOMENTS // 2
    observe(
        happened=f"{stopped} executions stopped at {stopped} moments: 0 job runs alive, 0 rows "
        f"RUNNING, 0 locks held within 30 s",
        user_sees=f"rows {', '.join(sorted(set(states)))}, each with its cause",
    )
    assert seconds < 30
    ran = loop.run("orders", {"key": key(2026, 2, 1)})
    assert ran["status"] == "SUCCEEDED"


def _held(loop):
    rows = loop.rows("job#orders")
    locks = [row for row in rows if row["sk"].startswith("lock")]
    return locks or [row for row in rows if row.get("state") == "RUNNING"]
