"""SIGKILL of the driver at five named points of a run, and what it did to the table.

    .venv/bin/python -m benchmarks.faults [--times 10] [--points driver-at-read ...]

Real Spark and Iceberg, through the job's own state machine, in a laptop cloud and a folder of its
own. Two inputs take turns, so that every run has to change the whole table; two undisturbed runs
say what must be there. A reader asks all the time and may only ever see one of the two results.
Ends with exit code 1 if a row was lost or doubled, half a result was seen, or something was left.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sparkcli.arguments import manual_key
from sparkcli.cloud import connect
from sparkcli.commands.run import run_job
from sparkcli.damage import Difference, Reader, Rows, left_behind, rows_of
from sparkcli.errors import CommandError
from sparkcli.lake import Lake
from sparkcli.ledger import Ledger
from sparkcli.screen import Screen, Stopwatch
from sparkcli.target import Target
from sparkcli.workspace import Workspace
from sparklaptop import Laptop
from sparklaptop.faults.catalog import DRIVER_POINTS
from sparklaptop.ports import free_port

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "faults.json"
PARTS = ("app.py", "cdk.json", "config", "spark_jobs", "stacks", "tables", "topics")
JOB, TABLE = "hospital_utilization", "health.state_month"
STATES = ("AK", "ID", "MT", "WA", "WY")
# Ten seconds between attempts are two here: nothing is proved by waiting.
OPTIONS = ("--seconds-per-minute", "12")
PORT = 5780


@dataclass(frozen=True)
class Kill:
    """What one kill did.

    Args:
        point: Where the driver was killed.
        hits: How often it was.
        state: Of the run, at the end.
        attempts: Of the run.
        rows: Expected.
        lost: Rows that are missing.
        duplicated: Rows that should not be there.
        reads: How often the table was read meanwhile.
        half_reads: How often it was neither the old result nor the new one.
        orphans: Runs and processes that go on, and rows of the ledger that say RUNNING.
        seconds: Of the run with its kill.
    """

    point: str
    hits: int
    state: str
    attempts: int
    rows: int
    lost: int
    duplicated: int
    reads: int
    half_reads: int
    orphans: int
    seconds: float

    @property
    def harmless(self) -> bool:
        """Whether the driver died and nobody could tell afterwards."""
        damage = self.lost + self.duplicated + self.half_reads + self.orphans
        return self.hits == 1 and self.state == "SUCCEEDED" and self.attempts > 1 and not damage


class Bench:
    """A project of its own with a laptop cloud of its own.

    Args:
        folder: Where both are made.
    """

    def __init__(self, folder: Path) -> None:
        root = folder / "project"
        for part in PARTS:
            _copy(ROOT / part, root / part)
        self.workspace = Workspace(root, Target.parse("laptop"))
        environment = self.workspace.environment
        self.laptop = Laptop(
            self.workspace.laptop_state,
            account=environment.account,
            region=environment.region,
            options=OPTIONS,
        )
        self.inputs = [_export(folder / f"{name}.csv", seed) for seed, name in enumerate("ab")]
        self._log = folder / "progress.log"
        self._keys = 0
        self.wanted: list[Rows] = []

    def start(self) -> None:
        """Start the laptop cloud, deploy, and see what undisturbed runs give.

        Raises:
            CommandError: One of them failed.
        """
        self.laptop.start(port=free_port(PORT))
        self.wanted = [self._undisturbed(file) for file in self.inputs]

    def close(self) -> None:
        """Stop the laptop cloud."""
        self.laptop.stop()

    @property
    def lake(self) -> Lake:
        """The tables."""
        return Lake(connect(self.workspace), frozenset(self.workspace.project.tables))

    def _undisturbed(self, file: Path) -> Rows:
        self.run(file)
        return rows_of(self.lake, TABLE)

    def run(self, file: Path) -> str:
        """Run the job on a file; its run key.

        Raises:
            CommandError: It failed.
        """
        self._keys += 1
        key = f"{manual_key(datetime.now(UTC))}-{self._keys}"
        with self._log.open("a") as log, redirect_stderr(log), redirect_stdout(io.StringIO()):
            try:
                run_job(
                    self.workspace, Screen(as_json=True), Stopwatch(),
                    job=JOB, inputs=[str(file)], parameters=[], key=key, again=False,
                )  # fmt: skip
            except CommandError as error:
                print(error.message, file=log)
                if self._keys <= len(self.inputs):
                    raise
        return key

    def kill(self, point: str, turn: int) -> Kill:
        """Run the job once, its driver killed at a point of the first attempt."""
        file, wanted = self.inputs[turn % 2], self.wanted[turn % 2]
        began = time.monotonic()
        faults = self.laptop.faults()
        faults.clear()
        faults.inject(point, job=JOB)
        with Reader(self.lake, TABLE, self.wanted) as reader:
            key = self.run(file)
        seconds = time.monotonic() - began
        (rule,) = faults.rules()
        faults.clear()
        cloud = connect(self.workspace)
        rows = [row.as_document() for row in Ledger(cloud).runs(JOB)]
        row = next(row for row in rows if row["run_key"] == key)
        difference = Difference.between(wanted, rows_of(self.lake, TABLE))
        left = left_behind(cloud, self.workspace, rows)
        return Kill(
            point=point,
            hits=rule["hits"],
            state=row["state"],
            attempts=row["attempts"],
            rows=difference.expected,
            lost=difference.lost,
            duplicated=difference.duplicated,
            reads=reader.reads,
            half_reads=reader.halves,
            orphans=sum(asdict(left).values()),
            seconds=round(seconds, 1),
        )


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sparkrail-faults-") as folder:
        made = Bench(Path(folder).resolve())
        try:
            made.start()
            yield made
        finally:
            made.close()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _export(path: Path, seed: int) -> Path:
    """An export of the hospitals of five states over four months; another one for each seed."""
    column = "inpatient_beds_utilization"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["state", "date", f"{column}_numerator", f"{column}_denominator"])
        for number in range(600):
            day = f"2021/{number % 4 + 1 + 4 * seed:02}/{number % 28 + 1:02}"
            writer.writerow([STATES[number % 5], day, (number * (seed + 3)) % 90, 100])
    return path


def summary(kills: Sequence[Kill]) -> str:
    """One table, a line per point."""
    lines = [
        f"{'point':<22}{'kills':>6}{'attempts':>9}{'rows':>6}{'lost':>6}{'dupl.':>6}"
        f"{'reads':>7}{'half':>6}{'orphans':>8}{'s/kill':>8}"
    ]
    for point in dict.fromkeys(kill.point for kill in kills):
        own = [kill for kill in kills if kill.point == point]
        attempts = sorted({kill.attempts for kill in own})
        lines.append(
            f"{point:<22}{sum(k.hits for k in own):>6}{'-'.join(map(str, attempts)):>9}"
            f"{sum(k.rows for k in own):>6}{sum(k.lost for k in own):>6}"
            f"{sum(k.duplicated for k in own):>6}{sum(k.reads for k in own):>7}"
            f"{sum(k.half_reads for k in own):>6}{sum(k.orphans for k in own):>8}"
            f"{sum(k.seconds for k in own) / len(own):>8.1f}"
        )
    return "\n".join(lines)


def main() -> int:
    """Kill, print the table, write it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("--times", type=int, default=1, help="kills per point")
    parser.add_argument("--points", nargs="+", choices=DRIVER_POINTS, default=DRIVER_POINTS)
    asked = parser.parse_args()
    kills = []
    with bench() as made:
        for number in range(asked.times):
            for place, point in enumerate(asked.points):
                kill = made.kill(point, number * len(asked.points) + place)
                kills.append(kill)
                shown = "harmless" if kill.harmless else f"DAMAGE: {kill}"
                print(f"  {point:<22} {kill.seconds:6.1f} s  {shown}", flush=True)
    print(f"\nSIGKILL of the driver, real Spark and Iceberg, {JOB}:\n{summary(kills)}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([asdict(kill) for kill in kills], indent=2) + "\n")
    print(f"written to {RESULT.relative_to(ROOT)}")
    return 0 if all(kill.harmless for kill in kills) else 1


if __name__ == "__main__":
    sys.exit(main())
