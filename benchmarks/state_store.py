"""A state larger than the heap: the store that streams run on, and Spark's own choice.

    .venv/bin/python -m benchmarks.state_store [--keys 2000000] [--key-bytes 400] [--heap-mib 512]

A real query counts by key. RocksDB has the settings that the product gives every stream, its memory
bounded; then without the log of changes, to say what that log saves; then Spark's default store,
which keeps the state in the heap. Ends with exit code 1 if the product's store did not survive.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.streams.events import Events
from benchmarks.streams.submit import ROOT, Driver, plain_conf, state_conf

RESULT = ROOT / "benchmarks" / "results" / "state_store.json"
SCRIPT = ROOT / "benchmarks" / "streams" / "counting.py"
SMALL_BATCHES, SMALL = 10, 1000
STORE = "spark.sql.streaming.stateStore"
BOUND = f"{STORE}.rocksdb.maxMemoryUsageMB"
CHANGES = (".changelog", ".delta")
MIB, POLL_SECONDS = 2**20, 0.5
# A store that is full may let the JVM hang, so that it cannot even be asked why.
SILENT_SECONDS = 120


@dataclass(frozen=True)
class Survival:
    """How a store did.

    Args:
        store: Which.
        ended: `survived`, or how not.
        state_rows: Keys that it had in the end.
        state_mib: Their bytes, at least: keys and counts as they are.
        heap_mib: The largest that the heap may become.
        peak_mib: Most memory of the process, heap and all.
        seconds: Until its end.
        fill_bytes: Bytes in the checkpoint for each micro-batch of new keys.
        small_log_bytes: The same, of those that change few keys of the full state: files of
            changes, RocksDB's log or the default store's deltas.
        small_snapshot_bytes: And the rest: whole states, or what of them is new.
        small_seconds: Of such a micro-batch, the median.
    """

    store: str
    ended: str
    state_rows: int
    state_mib: float
    heap_mib: int
    peak_mib: float
    seconds: float
    fill_bytes: int
    small_log_bytes: int
    small_snapshot_bytes: int
    small_seconds: float


@dataclass(frozen=True)
class Load:
    """What the state is made of.

    Args:
        keys: How many.
        key_bytes: Bytes of each.
        of_a_batch: New ones in a micro-batch.
        heap_mib: Of the JVM.
    """

    keys: int
    key_bytes: int
    of_a_batch: int
    heap_mib: int


def stores(bound_mib: int | None) -> Mapping[str, Mapping[str, str]]:
    """Spark's settings by the name of a store; the product's first.

    Args:
        bound_mib: Most memory of RocksDB. None: what the product gives the job.
    """
    own = {key: value for key, value in state_conf().items() if key.startswith(STORE)}
    if bound_mib is not None:
        own[BOUND] = str(bound_mib)
    return {
        "RocksDB, log of changes": own,
        "RocksDB, snapshots": {**own, f"{STORE}.rocksdb.changelogCheckpointing.enabled": "false"},
        "Spark's default": {},
    }


def tried(store: str, conf: Mapping[str, str], load: Load, folder: Path) -> Survival:
    """Fill a store, then change a little, until that is done or the driver is dead.

    Args:
        store: Its name.
        conf: Its settings.
        load: What the state is made of.
        folder: For all of it.
    """
    events, checkpoint = Events(folder / "events.jsonl"), folder / "checkpoint"
    driver = _started(conf, load, folder)
    began = heard = time.monotonic()
    peak = 0.0
    while driver.process.poll() is None and time.monotonic() - heard < SILENT_SECONDS:
        peak = max(peak, _peak_mib(driver.process.pid))
        heard = time.monotonic() if events.new() else heard
        time.sleep(POLL_SECONDS)
    code = driver.process.poll()
    driver.kill()
    seen = events.all()
    batches = [event for event in seen if event["what"] == "batch"]
    rows = max((event["state_rows"] for event in batches), default=0)
    fills, smalls = _parted(batches)
    filled = fills[-1]["time"] if smalls else None
    waits = sorted(event["seconds"] for event in smalls)
    return Survival(
        store=store,
        ended=_ended(code, any(event["what"] == "done" for event in seen), driver),
        state_rows=rows,
        state_mib=round(rows * (load.key_bytes + 8) / MIB, 1),
        heap_mib=load.heap_mib,
        peak_mib=round(peak, 1),
        seconds=round(time.monotonic() - began, 1),
        fill_bytes=_bytes(checkpoint, before=filled or math.inf) // max(1, len(fills)),
        small_log_bytes=_bytes(checkpoint, after=filled, log=True) // max(1, len(smalls)),
        small_snapshot_bytes=_bytes(checkpoint, after=filled, log=False) // max(1, len(smalls)),
        small_seconds=round(waits[len(waits) // 2], 2) if waits else 0.0,
    )


def _started(conf: Mapping[str, str], load: Load, folder: Path) -> Driver:
    plain = {key: value for key, value in plain_conf(folder).items() if not key.startswith(STORE)}
    own = {
        **plain,
        **conf,
        "spark.driver.memory": f"{load.heap_mib}m",
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError",
        "spark.sql.shuffle.partitions": "4",
    }
    told = [
        *(str(folder / name) for name in ("checkpoint", "events.jsonl")),
        *map(str, (load.keys, load.key_bytes, load.of_a_batch, SMALL_BATCHES, SMALL)),
    ]
    return Driver(SCRIPT, told, folder=folder / "driver", conf=own)


def _parted(batches: Sequence[Mapping[str, int]]) -> tuple[list[Mapping[str, int]], ...]:
    small = [batch for batch in batches if batch["rows"] == SMALL]
    return [batch for batch in batches if batch["rows"] != SMALL], small


def _ended(code: int | None, done: bool, driver: Driver) -> str:
    if done:  # RocksDB sometimes ends the JVM with an error of its own, when all is done
        return "survived" + (f", exit {code}" if code else "")
    log = driver.log.read_text(errors="replace")
    hung = ", hung" if code is None else ""
    signs = {"OutOfMemoryError": "out of memory", "LRU cache being full": "cache full"}
    told = next((words for sign, words in signs.items() if sign in log), f"exit code {code}")
    return told + hung


def _bytes(
    checkpoint: Path, before: float = math.inf, after: float | None = 0, log: bool | None = None
) -> int:
    """Bytes of the state in a checkpoint, by when they were written and whether they are changes.

    Args:
        checkpoint: Its folder.
        before: Seconds since 1970.
        after: Seconds since 1970. None: never.
        log: Whether to count files of changes, or the others. None: all.
    """
    found = 0
    for path in (checkpoint / "state").rglob("*") if after is not None else ():
        if not path.is_file() or path.suffix == ".crc":
            continue
        seen = path.stat()
        right_kind = log is None or log == (path.suffix in CHANGES)
        found += seen.st_size if after < seen.st_mtime <= before and right_kind else 0
    return found


def _peak_mib(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def summary(found: Sequence[Survival]) -> str:
    """One table, a line per store."""
    lines = [
        f"{'store':<26}{'ended':<20}{'keys':>11}{'state MiB':>11}{'heap':>7}{'peak MiB':>10}"
        f"{'s':>7}{'KiB/fill':>10}{'log KiB':>10}{'snap. KiB':>11}{'s/small':>9}"
    ]
    lines += [
        f"{each.store:<26}{each.ended:<20}{each.state_rows:>11,}{each.state_mib:>11.0f}"
        f"{each.heap_mib:>7}{each.peak_mib:>10.0f}{each.seconds:>7.0f}"
        f"{each.fill_bytes / 1024:>10,.0f}{each.small_log_bytes / 1024:>10,.0f}"
        f"{each.small_snapshot_bytes / 1024:>11,.0f}{each.small_seconds:>9.2f}"
        for each in found
    ]
    return "\n".join(lines)


def main() -> int:
    """Fill each store, print the table, write it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.state_store")
    parser.add_argument("--keys", type=int, default=2_000_000)
    parser.add_argument("--key-bytes", type=int, default=400)
    parser.add_argument("--batch", type=int, default=100_000, help="new keys in a micro-batch")
    parser.add_argument("--heap-mib", type=int, default=512)
    parser.add_argument("--bound-mib", type=int, help="of RocksDB; default: the product's")
    asked = parser.parse_args()
    load = Load(asked.keys, asked.key_bytes, asked.batch, asked.heap_mib)
    found = []
    with tempfile.TemporaryDirectory(prefix="sparkrail-state-") as folder:
        for number, (store, conf) in enumerate(stores(asked.bound_mib).items()):
            own = Path(folder).resolve() / str(number)
            own.mkdir()
            found.append(tried(store, conf, load, own))
            print(summary(found[-1:]), flush=True)
    print(f"\nmicro-batches of {load.of_a_batch:,} new keys, then of {SMALL:,} old ones:")
    print(summary(found))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    print(f"written to {RESULT.relative_to(ROOT)}")
    own, *_ = found
    whole = own.state_rows >= load.keys and own.state_mib > load.heap_mib
    return 0 if own.ended.startswith("survived") and whole else 1


if __name__ == "__main__":
    sys.exit(main())
