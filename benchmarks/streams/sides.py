"""The two streams that are held against each other: how they start, what is wrong in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.dataset

from benchmarks.streams.events import Events
from benchmarks.streams.lake import judge
from benchmarks.streams.plans import SCRIPT, TOPIC, Place, step, write_contracts, write_plan
from benchmarks.streams.records import Records
from benchmarks.streams.submit import Driver, plain_conf
from sparklaptop.kafka.cluster import Cluster

RIVAL = Path(__file__).with_name("rival.py")
MAX_OFFSETS = 100_000  # the manifest's default


@dataclass(frozen=True)
class Damage:
    """What is wrong in a table in the end.

    Args:
        lost: Records that are missing.
        twice: Rows too many.
        nulls: Rows in which a bad record left fields without values.
        aside: Bad records that were kept aside, with a reason.
    """

    lost: int
    twice: int
    nulls: int
    aside: int


@dataclass(frozen=True)
class Side:
    """One of the two.

    Args:
        name: For people.
        start: Starts its driver; it dies after its first batch with rows if asked to.
        checkpoint: Its folder.
        files: How many data files it has.
        judged: What is wrong after so many records.
        topic: Name of its topic.
    """

    name: str
    start: Callable[[bool], Driver]
    checkpoint: Path
    files: Callable[[], int]
    judged: Callable[[int], Damage]
    topic: str


def rival(folder: Path, cluster: Cluster, records: Records) -> Side:
    """The stream of public examples."""
    table, checkpoint, topic = folder / "table", folder / "checkpoint", "rival"

    def start(dies: bool) -> Driver:
        where = [cluster.bootstrap, topic, checkpoint, table, folder / "events.jsonl"]
        told = [*map(str, where), *(["die"] if dies else [])]
        conf = plain_conf(folder)
        return Driver(RIVAL, told, folder=folder / "driver", conf=conf)

    def judged(count: int) -> Damage:
        rows = pyarrow.dataset.dataset(sorted(table.glob("*.parquet"))).to_table().to_pylist()
        nulls = sum(None in row.values() for row in rows)
        have = {row["order_id"] for row in rows}
        lost = sum(records.order_id(number) not in have for number in records.good(count))
        return Damage(lost, twice=len(rows) - count, nulls=nulls, aside=0)

    def files() -> int:
        return len(list(table.glob("*.parquet")))

    return Side("example", start, checkpoint, files, judged, topic)


def ours(folder: Path, cluster: Cluster, records: Records) -> Side:
    """The product's."""
    place = Place(folder, cluster.bootstrap)
    contracts = write_contracts(folder)
    starts = iter(range(1, 100))

    def start(dies: bool) -> Driver:
        asked = step(0, "on", MAX_OFFSETS, point="after the sink" if dies else "")
        plan = write_plan(place, Events(folder / "events.jsonl"), [asked], next(starts))
        return Driver(
            SCRIPT,
            [str(plan)],
            folder=folder / "driver",
            conf=plain_conf(folder),
            variables={"SPARKJOB_CONTRACTS": str(contracts)},
        )

    def judged(count: int) -> Damage:
        found = judge(folder, records, count)
        misread = found.sums_differ + found.late
        twice = found.duplicated + found.quarantined_again
        return Damage(found.lost, twice=twice, nulls=misread, aside=found.quarantined)

    def files() -> int:
        return len(list((folder / "lake" / "sales" / "orders" / "data").rglob("*.parquet")))

    return Side("sparkrail", start, folder / "checkpoint", files, judged, TOPIC)
