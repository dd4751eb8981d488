"""How many runs there are when triggers come twice, and how quickly they are told apart.

    .venv/bin/python benchmarks/triggers.py [--events 10000]

So many triggers, 30 % of them twins, are sent to the machines of 30 jobs by 8 threads, in waves.
The jobs do nothing: what is measured is the whole way of a trigger through claim, queue, Spark
run and ledger on a laptop cloud. Fails if runs or rows are not as many as distinct triggers, or if
a run did not succeed. Writes benchmarks/results/triggers.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "triggers.json"
EVENTS, SHARE, THREADS, JOBS, WAVE = 10_000, 0.3, 8, 30, 100
SEED = 20261121
CRON = 'trigger = { cron = "0 6 * * ? *", overlap = "queue" }'
PORT = 6040
# Far from any timeout of the machines, however long a wave takes.
SECONDS_PER_MINUTE, SETTLE_SECONDS = 60.0, 900


def main() -> int:
    """Send, wait, count, print the figures, write them as JSON."""
    sys.path.insert(0, str(ROOT / "tests" / "control"))
    from control_loop import Loop  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--events", type=int, default=EVENTS, help="how many triggers")
    events = parser.parse_args().events
    jobs = [f"job_{number:02}" for number in range(JOBS)]
    with tempfile.TemporaryDirectory() as folder:
        loop = Loop(
            Path(folder),
            dict.fromkeys(jobs, (CRON, 0)),
            port=PORT,
            seconds_per_minute=SECONDS_PER_MINUTE,
            launcher=["true"],
        )
        try:
            loop.up()
            figures = _measure(loop, jobs, events)
        finally:
            loop.laptop.stop()
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    same = figures["runs"] == figures["rows"] == figures["succeeded"] == figures["distinct"]
    return 0 if same and not figures["run_twice"] else 1


def _measure(loop: Any, jobs: list[str], events: int) -> dict[str, object]:  # noqa: ANN401
    import flood  # noqa: PLC0415

    begun, distinct, executions, sent = time.monotonic(), set(), [], 0
    plan = flood.waves(jobs, events=events, duplicate_share=SHARE, wave=WAVE, seed=SEED)
    for triggers in plan:
        started = flood.send(loop, triggers, threads=THREADS)
        flood.settle(loop, started, seconds=SETTLE_SECONDS)
        distinct |= {one.run for one in triggers}
        executions += started
        sent += len(triggers)
        print(f"{time.monotonic() - begun:7.1f} s  {sent} of {events} triggers", flush=True)
    seconds = time.monotonic() - begun
    found = flood.tally(loop, executions)
    names = Counter(f"{job}/{key}/1" for job, key in distinct)
    status = loop.laptop.status()
    return {
        "events": sent,
        "duplicates": sent - len(distinct),
        "distinct": len(distinct),
        "jobs": len(jobs),
        "threads": THREADS,
        "runs": found.runs.total(),
        "run_twice": (found.runs - names).total(),
        "rows": len(found.rows),
        "succeeded": sum(state == "SUCCEEDED" for state in found.rows.values()),
        "outcomes": dict(sorted(found.outcomes.items())),
        "seconds": round(seconds, 1),
        "events_per_second": round(sent / seconds, 1),
        "laptop_mib": status.rss_mib if status else None,
    }


if __name__ == "__main__":
    sys.exit(main())
