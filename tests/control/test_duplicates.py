"""A trigger that comes twice, even at the same moment, starts one run."""

from collections import Counter

import flood
import pytest

pytestmark = pytest.mark.slow
# benchmarks/triggers.py sends 10,000 to 30 jobs.
EVENTS, SHARE, THREADS = 60, 0.3, 8
JOBS = [f"job_{number:02}" for number in range(8)]
CRON = 'trigger = { cron = "0 6 * * ? *", overlap = "queue" }'


@pytest.fixture(scope="module")
def loop(make_loop):
    # What the driver does is of no matter here; timeouts are, and 40 machines start at once.
    jobs = dict.fromkeys(JOBS, (CRON, 0))
    return make_loop(jobs, port=6020, launcher=["true"], seconds_per_minute=30)


@pytest.mark.failure_mode(1)
def test_every_distinct_trigger_runs_once(loop, observe):
    executions, sent = [], []
    for triggers in flood.waves(JOBS, events=EVENTS, duplicate_share=SHARE, wave=40, seed=1):
        started = flood.send(loop, triggers, threads=THREADS)
        flood.settle(loop, started, seconds=60)
        executions += started
        sent += triggers
    distinct = {one.run for one in sent}
    duplicates = len(sent) - len(distinct)
    found = flood.tally(loop, executions)
    assert (len(sent), duplicates) == (EVENTS, round(EVENTS * SHARE))
    assert found.rows == dict.fromkeys(distinct, "SUCCEEDED")
    assert found.runs == Counter(f"{job}/{key}/1" for job, key in distinct)
    observe(
        happened=f"{len(sent)} triggers of {len(JOBS)} jobs from {THREADS} threads, {duplicates} "
        f"of them twins: {found.runs.total()} runs for {len(distinct)} distinct keys, "
        f"{found.outcomes['Queued']} of which had to queue",
        user_sees=f"{len(found.rows)} rows, all SUCCEEDED; {found.outcomes['Duplicate']} machines "
        "ended as Duplicate",
    )
