"""What is in the tables in the end, read as somebody reads who knows nothing of who wrote them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.streams.records import Records, sums


@dataclass(frozen=True)
class Verdict:
    """What became of the records.

    Args:
        records: That were acknowledged.
        rows: In the table.
        lost: Orders that are missing.
        duplicated: Rows too many.
        bad: Records that must be in quarantine.
        quarantined: Rows that are.
        quarantined_again: Of them, rows too many.
        late: Rows of the late table; there must be none.
        sums_differ: Checksums of keys that are not what they must be.
    """

    records: int
    rows: int
    lost: int
    duplicated: int
    bad: int
    quarantined: int
    quarantined_again: int
    late: int
    sums_differ: int

    @property
    def exact(self) -> bool:
        """Whether every record is where it must be, once."""
        wrong = self.lost + self.duplicated + self.quarantined_again + self.late + self.sums_differ
        return not wrong and self.quarantined == self.bad


def judge(folder: Path, records: Records, count: int) -> Verdict:
    """Compare tables with what was sent.

    Args:
        folder: The catalog's.
        records: What was sent.
        count: So many of them.
    """
    rows = read(folder, "orders", "order_id", "store", "amount")
    found = Counter(row["order_id"] for row in rows)
    wanted = {records.order_id(number) for number in records.good(count)}
    expected = records.sums(count)
    have = sums((row["store"], row["order_id"], int(row["amount"] * 100)) for row in rows)
    aside = Counter(map(_place, read(folder, "orders_quarantine", "partition", "offset", "raw")))
    return Verdict(
        records=count,
        rows=len(rows),
        lost=len(wanted - set(found)),
        duplicated=sum(found.values()) - len(wanted & set(found)),
        bad=records.bad(count),
        quarantined=sum(aside.values()),
        quarantined_again=sum(aside.values()) - len(aside),
        late=len(read(folder, "orders_late", "offset")),
        sums_differ=sum(expected[key] != have[key] for key in expected | have),
    )


def read(folder: Path, table: str, *columns: str) -> list[dict[str, Any]]:
    """The rows of a table of the catalog in a folder.

    Args:
        folder: The catalog's.
        table: Of the database `sales`.
        columns: Which of its columns.
    """
    from pyiceberg.table import StaticTable  # noqa: PLC0415

    files = (folder / "lake" / "sales" / table / "metadata").glob("v*.metadata.json")
    newest = max(files, key=lambda path: int(path.name.split(".")[0][1:]))
    scan = StaticTable.from_metadata(newest.as_uri()).scan(selected_fields=columns)
    rows: list[dict[str, Any]] = scan.to_arrow().to_pylist()
    return rows


def _place(row: dict[str, Any]) -> tuple[object, object]:
    """Where a record was; of a row that the job had made, its order."""
    if row["offset"] is None:
        return "order", json.loads(row["raw"])["order_id"]
    return row["partition"], row["offset"]
