"""A stream of a real broker while 200 things go wrong: what was lost, what is there twice.

    .venv/bin/python -m benchmarks.streams [--records 1000000] [--faults 200] [--kinds point ...]

The real job `sales_stream` by spark-submit, Iceberg in a folder, a real broker. Its driver is
killed at each named point of a micro-batch and at random moments, its query dies of errors, its
broker is killed, entries of the checkpoint's log are lost while tables are compacted and expired.
What must be in the tables follows from the numbers of the records; a stream without faults reads
the same topic. Ends with exit code 1 if a record is lost, doubled or in the wrong table, or a fault
did not happen.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.streams.bench import Bench, room_for
from benchmarks.streams.faults import SHARES, Fault, planned, processes
from benchmarks.streams.lake import Verdict
from benchmarks.streams.records import Records
from benchmarks.streams.submit import ROOT
from benchmarks.streams.watch import StuckError, Tally
from sparklaptop.kafka.cluster import Cluster

RESULT = ROOT / "benchmarks" / "results" / "streams.json"
SEED = 20261121


def main() -> int:
    """Break things, print the table, write it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--kinds", nargs="+", choices=SHARES, default=list(SHARES))
    parser.add_argument("--seed", type=int, default=SEED, help="of records and of faults")
    asked = parser.parse_args()
    faults = planned(asked.faults, asked.kinds, asked.seed)
    records = Records(asked.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sparkrail-streams-") as name:
        folder = Path(name).resolve()
        room_for(folder)
        with Cluster(folder / "kafka") as cluster:
            bench = Bench(folder, cluster, records=records, count=asked.records, faults=faults)
            try:
                bench.begin()
                for together in processes(faults):
                    bench.see(together)
                    _tell(together, bench.tally, time.monotonic() - began)
                verdict = bench.end()
                calm, calm_seconds = bench.undisturbed()
            except StuckError as error:
                print(error, file=sys.stderr)
                return 1
    seconds = time.monotonic() - began
    print(f"\n{summary(faults, bench.tally)}\n")
    print(told("with faults", verdict), told("without faults", calm), sep="\n")
    tally = bench.tally
    print(
        f"{len(tally.hit)} faults, {tally.starts} starts of the driver, {tally.batches} "
        f"micro-batches, {seconds / 60:.0f} minutes ({calm_seconds:.0f} s of them without faults); "
        f"from a driver's death to the next rows {tally.recovery_seconds} s (median)"
    )
    for text in dict.fromkeys(tally.unplanned):
        print(f"  not planned: {text.splitlines()[0][:160]}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "verdict": asdict(verdict),
        "undisturbed": asdict(calm),
        "faults": [{**asdict(each), "batch": tally.hit.get(each.number)} for each in faults],
        "tally": {**asdict(tally), "seconds": round(seconds, 1)},
    }
    RESULT.write_text(json.dumps(document, indent=1) + "\n")
    print(f"written to {RESULT.relative_to(ROOT)}")
    whole = len(tally.hit) == len(faults)
    return 0 if verdict.exact and calm.exact and whole else 1


def summary(faults: Sequence[Fault], tally: Tally) -> str:
    """One table, a line per kind and point."""
    lines = [f"{'fault':<34}{'planned':>8}{'seen':>6}"]
    for name in sorted({each.name for each in faults}):
        own = [each for each in faults if each.name == name]
        lines.append(f"{name:<34}{len(own):>8}{sum(e.number in tally.hit for e in own):>6}")
    return "\n".join(lines)


def told(what: str, verdict: Verdict) -> str:
    """A verdict in a line."""
    shown = "exact" if verdict.exact else "DAMAGE"
    return (
        f"{what}: {verdict.records:,} records, {verdict.rows:,} rows, lost {verdict.lost}, "
        f"duplicated {verdict.duplicated}, in quarantine {verdict.quarantined:,} of "
        f"{verdict.bad:,} ({verdict.quarantined_again} twice), late {verdict.late}, checksums "
        f"that differ {verdict.sums_differ}: {shown}"
    )


def _tell(faults: Sequence[Fault], tally: Tally, seconds: float) -> None:
    for fault in faults:
        batch = tally.hit.get(fault.number)
        where = "did not happen" if batch is None else f"in micro-batch {batch}"
        print(f"  {fault.number:>3} {fault.name:<34} {where} ({seconds:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
