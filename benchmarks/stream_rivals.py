"""A stream as public examples write it beside ours, on one broker, with the same records.

    .venv/bin/python -m benchmarks.stream_rivals [--records 200000] [--seconds 60] [--rate 200]

One after the other: it catches up with all records, a driver is killed once between the sink and
Spark's log of commits and started again, then records come live. Both end a micro-batch by an entry
in that log, so its files say when. Ends with exit code 1 if ours lost, doubled or misread a record.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.streams.progress import Progress
from benchmarks.streams.records import Records
from benchmarks.streams.sides import Damage, Side, ours, rival
from benchmarks.streams.submit import ROOT, Driver
from benchmarks.streams.topic import Topic
from sparklaptop.kafka.cluster import Cluster

RESULT = ROOT / "benchmarks" / "results" / "stream_rivals.json"
SEED, AFTER_A_KILL = 20261121, 0.1
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Figures:
    """What was seen of a stream.

    Args:
        records: That were sent.
        damage: What is wrong in the end.
        records_per_second: While it caught up, from its first micro-batch on.
        recovery_seconds: From the kill to the next entry in the log of commits.
        median_seconds: From the send of a live record to its entry in that log.
        p95_seconds: The same, of 95 %.
        files: Data files that came while records came live.
        batches: Micro-batches meanwhile.
        live_seconds: For so long.
    """

    records: int
    damage: Damage
    records_per_second: float
    recovery_seconds: float
    median_seconds: float
    p95_seconds: float
    files: int
    batches: int
    live_seconds: float

    @property
    def files_an_hour(self) -> float:
        """Data files an hour, at the pace of the measurement."""
        return self.files * HOUR / self.live_seconds

    @property
    def files_an_hour_each_minute(self) -> float:
        """Data files an hour with a micro-batch a minute, which is the product's default."""
        return self.files / max(1, self.batches) * MINUTE


def measured(
    side: Side, cluster: Cluster, records: Records, *, count: int, seconds: int, rate: int
) -> Figures:
    """Let a stream catch up, die once, and follow live records.

    Args:
        side: Which.
        cluster: The broker.
        records: What is sent.
        count: How many there are to catch up with.
        seconds: How long records come live.
        rate: So many a second.
    """
    topic = Topic(cluster.bootstrap, side.topic)
    topic.send(map(records.record, range(count)))
    progress = Progress(side.checkpoint, side.topic)
    driver = side.start(False)
    speed = count / (progress.wait_for(count, _alive(driver)) - progress.begun())
    driver.kill()
    print(f"  {side.name}: caught up, {speed:,.0f} records/s", flush=True)

    sent = count + int(count * AFTER_A_KILL)
    topic.send(map(records.record, range(count, sent)))
    driver = side.start(True)
    driver.process.wait(timeout=600)
    died, done = time.time(), len(progress.committed())
    driver.kill()
    driver = side.start(False)
    recovery = _next_commit(progress, done, driver) - died
    progress.wait_for(sent, _alive(driver))
    print(f"  {side.name}: killed once, {recovery:.1f} s to the next commit", flush=True)

    files, batches = side.files(), len(progress.committed())
    live, sent = range(sent, sent + seconds * rate), sent + seconds * rate
    now = (records.record(number, datetime.now(UTC)) for number in live)
    began = time.monotonic()
    places = topic.send_slowly(now, rate)
    progress.wait_for(sent, _alive(driver))
    took = time.monotonic() - began
    driver.kill()
    waits = progress.latencies(places)
    return Figures(
        records=sent,
        damage=side.judged(sent),
        records_per_second=round(speed, 1),
        recovery_seconds=round(recovery, 1),
        median_seconds=round(waits[len(waits) // 2], 2),
        p95_seconds=round(waits[int(len(waits) * 0.95)], 2),
        files=side.files() - files,
        batches=len(progress.committed()) - batches,
        live_seconds=round(took, 1),
    )


def summary(theirs: Figures, own: Figures) -> str:
    """One table, a line per figure."""
    ratio = own.records_per_second / theirs.records_per_second
    lines = [
        ("rows twice after one kill", theirs.damage.twice, own.damage.twice),
        ("records lost", theirs.damage.lost, own.damage.lost),
        ("rows with NULL for bad records", theirs.damage.nulls, own.damage.nulls),
        ("bad records kept aside", theirs.damage.aside, own.damage.aside),
        ("records/s, catching up", theirs.records_per_second, own.records_per_second),
        ("  of the example's", 1.0, round(ratio, 2)),
        ("kill to next commit, s", theirs.recovery_seconds, own.recovery_seconds),
        ("send to commit, median, s", theirs.median_seconds, own.median_seconds),
        ("send to commit, 95 %, s", theirs.p95_seconds, own.p95_seconds),
        ("data files/h, as measured", round(theirs.files_an_hour), round(own.files_an_hour)),
        ("data files/h, one batch a minute", "no such", round(own.files_an_hour_each_minute)),
    ]
    head = f"{'':<34}{'example':>12}{'sparkrail':>12}"
    return "\n".join(
        [head, *(f"{name:<34}{left!s:>12}{right!s:>12}" for name, left, right in lines)]
    )


def _alive(driver: Driver) -> Callable[[], bool]:
    return lambda: driver.process.poll() is None


def _next_commit(progress: Progress, done: int, driver: Driver) -> float:
    while len(progress.committed()) <= done:
        if driver.process.poll() is not None:
            raise TimeoutError(driver.last_words())
        time.sleep(0.1)
    return max(progress.committed().values())


def main() -> int:
    """Measure both, print the table, write it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream_rivals")
    parser.add_argument("--records", type=int, default=200_000, help="to catch up with")
    parser.add_argument("--seconds", type=int, default=60, help="of live records")
    parser.add_argument("--rate", type=int, default=200, help="live records a second")
    asked = parser.parse_args()
    told = {"count": asked.records, "seconds": asked.seconds, "rate": asked.rate}
    records = Records(SEED)
    with tempfile.TemporaryDirectory(prefix="sparkrail-rivals-") as name:
        folder = Path(name).resolve()
        (folder / "theirs").mkdir()
        (folder / "ours").mkdir()
        with Cluster(folder / "kafka") as cluster:
            theirs = measured(rival(folder / "theirs", cluster, records), cluster, records, **told)
            own = measured(ours(folder / "ours", cluster, records), cluster, records, **told)
    print(f"\n{theirs.records:,} records each:\n{summary(theirs, own)}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    both = {"example": asdict(theirs), "sparkrail": asdict(own)}
    RESULT.write_text(json.dumps(both, indent=2) + "\n")
    print(f"written to {RESULT.relative_to(ROOT)}")
    bad = records.bad(own.records)
    return 0 if own.damage == Damage(lost=0, twice=0, nulls=0, aside=bad) else 1


if __name__ == "__main__":
    sys.exit(main())
