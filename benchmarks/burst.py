"""Two hundred schedules fire in the same minute, against EMR Serverless' limit on starts.

    .venv/bin/python -m benchmarks.burst [--jobs 200]

StartJobRun lets 25 calls through at once and one per second after that (EMR Serverless endpoints
and quotas). Here it does so in real time, in front of the whole machines of so many jobs; their
driver is a stand-in that ends at once. The clock of the scheduler is moved to the moment at which
all of them fire. Fails if a run was lost or doubled. Writes benchmarks/results/burst.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sparklaptop.ports import free_port

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "burst.json"
JOBS, PORT = 200, 6060
CRON = 'trigger = { cron = "0 6 * * ? *", overlap = "skip" }'
LIMIT = {
    "match": {"action": "emr-serverless:StartJobRun"},
    "effect": {"kind": "throttle", "burst": 25, "per_second": 1},
}
SETTLE_SECONDS, LOOK_SECONDS = 1800, 5


def main() -> int:
    """Fire, wait, count, print the figures, write them as JSON."""
    sys.path.insert(0, str(ROOT / "tests" / "control"))
    from control_loop import Loop  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python -m benchmarks.burst")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many fire at once")
    jobs = [f"job_{number:03}" for number in range(parser.parse_args().jobs)]
    with tempfile.TemporaryDirectory(prefix="sparkrail-burst-") as folder:
        loop = Loop(
            Path(folder),
            dict.fromkeys(jobs, (CRON, 0)),
            port=free_port(PORT),
            seconds_per_minute=60,
            launcher=["true"],
        )
        try:
            loop.up()
            figures = _measure(loop, jobs)
        finally:
            loop.laptop.stop()
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    return 0 if not figures["lost"] and not figures["doubled"] else 1


def _measure(loop: Any, jobs: list[str]) -> dict[str, object]:  # noqa: ANN401
    loop.laptop.faults().add(LIMIT)
    moment = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    began = time.monotonic()
    loop.skip_to(moment + timedelta(days=1))
    loop.until(lambda: _ended(loop, jobs), SETTLE_SECONDS, every=LOOK_SECONDS)
    seconds = time.monotonic() - began
    (rule,) = loop.laptop.faults().rules()
    rows = {job: list(loop.runs(job).values()) for job in jobs}
    succeeded = [job for job in jobs if [row["state"] for row in rows[job]] == ["SUCCEEDED"]]
    found = loop.all_runs()
    runs = Counter(run["name"] for run in found)
    fired = [_started(loop, row["execution"]) for each in rows.values() for row in each]
    accepted = {run["name"].split("/")[0]: run["createdAt"] for run in found}
    waits = [accepted[job] - _started(loop, rows[job][0]["execution"]) for job in accepted]
    return {
        "jobs": len(jobs),
        "runs": runs.total(),
        "distinct": len(runs),
        "lost": len(jobs) - len(succeeded),
        "doubled": runs.total() - len(runs),
        "retries": rule["hits"],
        "fired_within_seconds": round((max(fired) - min(fired)).total_seconds(), 1),
        "longest_wait_seconds": round(max(waits).total_seconds(), 1),
        "started_within_seconds": round((max(accepted.values()) - min(fired)).total_seconds(), 1),
        "seconds": round(seconds, 1),
    }


def _ended(loop: Any, jobs: list[str]) -> bool:  # noqa: ANN401
    """Whether every job has a row, and none of them is open."""
    import flood  # noqa: PLC0415

    pages = loop.dynamodb.get_paginator("scan").paginate(
        TableName=loop.outputs["LedgerName"],
        FilterExpression="begins_with(sk, :run)",
        ExpressionAttributeValues={":run": {"S": "run#"}},
        Select="COUNT",
    )
    claimed = sum(page["Count"] for page in pages)
    return claimed >= len(jobs) and not flood.open_rows(loop)


def _started(loop: Any, execution: str) -> datetime:  # noqa: ANN401
    found: datetime = loop.states.describe_execution(executionArn=execution)["startDate"]
    return found


if __name__ == "__main__":
    sys.exit(main())
