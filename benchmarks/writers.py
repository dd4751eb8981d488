"""Runs that publish to one table at the same time, beside compaction: what was lost or doubled.

    .venv/bin/python -m benchmarks.writers [--writers 3] [--commits 50] [--modes merge ...] [--glue]

Real Spark and Iceberg on a local catalog, or on Glue and S3 as the laptop cloud has them. Each
writer is a thread with a session and a catalog of its own. What must be in the table is not
guessed: the history of main says in which order the runs were published, and their rows are
replayed in this order in plain Python. Ends with exit code 1 if a row is missing or too many, or
a run is in the history twice, or was reported and is there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sparkjob.contracts import Contract

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "writers.json"
MODES = ("append", "overwrite_partitions", "merge", "replace")
ROWS = 5
BUCKET, PORT = "writers", 5790
COMPACTION_SECONDS = 5.0  # between two rounds
EVERYBODY = "everybody"
Row = tuple[int, str, int, int]  # id, part, writer, number


@dataclass(frozen=True)
class Tally:
    """What became of the runs of a mode.

    Args:
        mode: The write mode.
        commits: Runs that were to publish.
        fast_forwards: Of them, so many were published without others in between.
        cherry_picks: So many were applied to what others had left.
        remade: How often a branch was made anew.
        reported: Runs that gave up and said so.
        compactions: Commits of `rewrite_data_files` meanwhile.
        lost: Rows that are missing.
        doubled: Rows that should not be there.
        seconds: In all.
    """

    mode: str
    commits: int
    fast_forwards: int
    cherry_picks: int
    remade: int
    reported: int
    compactions: int
    lost: int
    doubled: int
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether every run is in the table once, or was reported and is not."""
        told = self.fast_forwards + self.cherry_picks + self.reported
        return not self.lost and not self.doubled and told == self.commits


def race(
    spark: SparkSession, mode: str, table: str, *, writers: int, commits: int, attempts: int = 1
) -> Tally:
    """Let writers publish to a table at the same time, each so many times.

    Args:
        spark: Its sessions are used by the writers.
        mode: The write mode.
        table: catalog.database.table; it is made.
        writers: How many at once.
        commits: Of each writer.
        attempts: So often a run is tried that could not publish, as its machine does.
    """
    from sparkjob.evolution.prepare import prepare  # noqa: PLC0415  pyspark only where it is needed

    contract = contract_of(mode)
    prepare(spark, table, contract)
    began = time.monotonic()
    beside = compaction(spark.newSession(), table)
    with beside as compactions, ThreadPoolExecutor(writers) as pool:
        each = [
            pool.submit(
                write_often,
                spark.newSession(),
                contract,
                table,
                writer,
                commits=commits,
                attempts=attempts,
            )
            for writer in range(writers)
        ]
        told = [outcome for future in each for outcome in future.result()]
    seconds = time.monotonic() - began
    expected, found, again = compared(spark, mode, table)
    reported = {outcome.key for outcome in told if not outcome.how}
    return Tally(
        mode=mode,
        commits=len(told),
        fast_forwards=sum(outcome.how == "fast-forward" for outcome in told),
        cherry_picks=sum(outcome.how == "cherry-pick" for outcome in told),
        remade=sum(outcome.remade for outcome in told),
        reported=len(reported),
        compactions=compactions[0],
        lost=sum((expected - found).values()),
        doubled=sum((found - expected).values()) + again,
        seconds=round(seconds, 1),
    )


@dataclass(frozen=True)
class Outcome:
    """What became of a run; `how` is empty for one that was reported."""

    key: str
    how: str
    remade: int


def contract_of(mode: str) -> Contract:
    """The contract of a table for a mode."""
    from sparkjob.contracts import parse_contract  # noqa: PLC0415

    required = {"required": True}
    return parse_contract(
        {
            "name": f"writers.{mode}",
            "write": mode,
            "key": ["id"] if mode == "merge" else [],
            "partition": ["part"] if mode == "overwrite_partitions" else [],
            "columns": {
                "id": {"type": "long", **required},
                "part": {"type": "string", **required},
                "writer": {"type": "int", **required},
                "number": {"type": "int", **required},
            },
        }
    )


def rows_of(mode: str, writer: int, number: int) -> list[Row]:
    """The rows that a run brings: some of its own, and some that each run changes."""
    if mode == "merge":
        own = 1000 * (writer + 1) + number
        return [(own, "own", writer, number), (writer, "last", writer, number)] + [
            (-1 - each, EVERYBODY, writer, number) for each in range(ROWS)
        ]
    if mode == "overwrite_partitions":
        own_rows = [(each, f"writer{writer}", writer, number) for each in range(ROWS)]
        shared = number % 5 == 0
        return own_rows + [(0, EVERYBODY, writer, number)] * shared
    return [(each, "all", writer, number) for each in range(ROWS)]


def replay(mode: str, runs: Sequence[tuple[int, int]]) -> Counter[Row]:
    """The rows that are there after some runs, writer and number, in this order."""
    there: list[Row] = []
    for writer, number in runs:
        new = rows_of(mode, writer, number)
        if mode == "replace":
            there = []
        elif mode == "overwrite_partitions":
            there = [row for row in there if row[1] not in {part for _, part, _, _ in new}]
        elif mode == "merge":
            there = [row for row in there if row[0] not in {id_ for id_, _, _, _ in new}]
        there += new
    return Counter(there)


def compared(spark: SparkSession, mode: str, table: str) -> tuple[Counter[Row], Counter[Row], int]:
    """The rows that must be there, those that are, and how often a run is there once more."""
    from sparkjob.publishing.iceberg import history, load  # noqa: PLC0415

    fresh = spark.newSession()
    summaries = [each.summary for each in reversed(history(fresh, load(fresh, table)))]
    ids = [each.get("wap.id") or each.get("published-wap-id") for each in summaries]
    keys = [each.split(".")[1] for each in ids if each]
    runs = [(int(key[1:].split("n")[0]), int(key.split("n")[1])) for key in keys]
    found = fresh.table(table).select("id", "part", "writer", "number").collect()
    return replay(mode, runs), Counter(tuple(row) for row in found), len(keys) - len(set(keys))


def write_often(
    spark: SparkSession,
    contract: Contract,
    table: str,
    writer: int,
    *,
    commits: int,
    attempts: int,
) -> list[Outcome]:
    """Publish so many times, as runs do."""
    told = []
    for number in range(commits):
        for attempt in range(1, attempts + 1):
            outcome = write(
                spark, contract, table, rows_of(contract.write, writer, number), attempt
            )
            if outcome.how:
                break
        told.append(outcome)
    return told


def write(
    spark: SparkSession, contract: Contract, table: str, rows: Sequence[Row], attempt: int
) -> Outcome:
    """Publish once, as a run does."""
    from sparkjob.errors import NotPublished  # noqa: PLC0415
    from sparkjob.publishing.branches import Stamp  # noqa: PLC0415
    from sparkjob.publishing.publication import Publication  # noqa: PLC0415
    from sparkjob.publishing.staging import Output  # noqa: PLC0415

    frame = spark.createDataFrame(list(rows), "id long, part string, writer int, number int")
    _, _, writer, number = rows[0]
    key = f"w{writer}n{number}"
    publication = Publication(
        spark,
        Output("rows", table, contract, frame.coalesce(1), len(rows)),
        stamp=Stamp("writers", key, 1, attempt),
        until=datetime.now(UTC),
        phase=lambda _: nullcontext(),
    )
    try:
        publication.stage()
        how = publication.publish().how
    except NotPublished:
        how = ""
    return Outcome(key, how, publication.remade)


@contextmanager
def compaction(spark: SparkSession, table: str) -> Iterator[list[int]]:
    """Put small files together all the time; gives the number of commits so far."""
    done, stop = [0], threading.Event()
    catalog, _, name = table.partition(".")
    # Of an append table, which has a partition for each run, one is enough to move main.
    where = ", where => 'run_key = \"w0n0\"'" if name.endswith("append") else ""
    call = (
        f"CALL {catalog}.system.rewrite_data_files(table => '{name}'{where}, "
        "options => map('rewrite-all', 'true'))"
    )

    def work() -> None:
        while not stop.wait(COMPACTION_SECONDS):
            try:
                spark.catalog.refreshTable(table)
                done[0] += spark.sql(call).collect()[0][0] > 0
            except Exception as error:
                if "ValidationException" not in str(error) and "CommitFailed" not in str(error):
                    raise

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            yield done
        finally:
            stop.set()
        working.result()


def summary(tallies: Sequence[Tally]) -> str:
    """One table, a line per mode."""
    lines = [
        f"{'mode':<22}{'commits':>8}{'fast-fwd':>9}{'picked':>8}{'remade':>8}{'reported':>9}"
        f"{'compact.':>9}{'lost':>6}{'doubled':>8}{'s':>8}"
    ]
    lines += [
        f"{each.mode:<22}{each.commits:>8}{each.fast_forwards:>9}{each.cherry_picks:>8}"
        f"{each.remade:>8}{each.reported:>9}{each.compactions:>9}{each.lost:>6}"
        f"{each.doubled:>8}{each.seconds:>8.1f}"
        for each in tallies
    ]
    return "\n".join(lines)


@contextmanager
def session(folder: Path, catalog: Mapping[str, str]) -> Iterator[SparkSession]:
    """The session of the tests, its catalog changed."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    from sparkjob import testing  # noqa: PLC0415

    testing._find_java()
    builder = SparkSession.builder.master("local[2]").appName("writers")
    named = {f"spark.sql.catalog.{testing.CATALOG}.{key}": catalog[key] for key in catalog}
    # The code of so many queries fills the cache of the compiler, which then gives up.
    flags = {"spark.driver.extraJavaOptions": "-XX:ReservedCodeCacheSize=512m"}
    for name, value in {**testing._conf(folder), **flags, **named}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def glue(folder: Path) -> Iterator[Mapping[str, str]]:
    """A laptop cloud; gives what the catalog has to know of it."""
    from sparklaptop import Laptop  # noqa: PLC0415
    from sparklaptop.ports import free_port  # noqa: PLC0415

    laptop = Laptop(folder, account="111122223333", region="eu-west-1", options=())
    endpoint = laptop.start(port=free_port(PORT)).endpoint
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "laptop",
        "AWS_SECRET_ACCESS_KEY": "laptop",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    try:
        place = {"LocationConstraint": "eu-west-1"}
        s3 = boto3.client("s3", endpoint_url=endpoint)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        database = {"Name": "writers"}
        boto3.client("glue", endpoint_url=endpoint).create_database(DatabaseInput=database)
        yield {
            "type": "glue",
            "warehouse": f"s3://{BUCKET}/lake",
            "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            "glue.endpoint": endpoint,
            "s3.endpoint": endpoint,
            "s3.path-style-access": "true",
            "client.region": "eu-west-1",
        }
    finally:
        laptop.stop()


def main() -> int:
    """Race in each mode, print the table, write it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writers")
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--commits", type=int, default=50, help="of each writer")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    parser.add_argument("--glue", action="store_true", help="on the laptop cloud's Glue and S3")
    asked = parser.parse_args()
    tallies = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sparkrail-writers-")))
        catalog = stack.enter_context(glue(folder / "laptop")) if asked.glue else {}
        spark = stack.enter_context(session(folder, catalog))
        for mode in asked.modes:
            table = f"lake.writers.{mode}"
            tallies.append(race(spark, mode, table, writers=asked.writers, commits=asked.commits))
            print(summary(tallies[-1:]), flush=True)
    print(f"\n{asked.writers} writers at once beside compaction:\n{summary(tallies)}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([asdict(each) for each in tallies], indent=2) + "\n")
    print(f"written to {RESULT.relative_to(ROOT)}")
    return 0 if all(each.exact for each in tallies) else 1


if __name__ == "__main__":
    sys.exit(main())
