"""Writes sample.csv: 200 changes to 150 hints, some late, some twice, two that cannot be read.

python spark_jobs/hints/tests/data/make_sample.py
"""

import csv
import io
import random
from pathlib import Path

SEED = 20261121
HEADER = ("hint_id", "person_id", "record_id", "status", "type", "score", "changed_at")
BAD = (
    ("none", "person-1", "record-1", "new", "record", "0.5", "2026-11-20T10:00:00Z"),
    ("7", "person-1", "", "new", "record", "high", "yesterday"),
)


def make() -> bytes:
    """The sample, always the same."""
    source = random.Random(SEED)
    ids = [100_000_000 * (n // 30) + n for n in range(149)] + [9_000_000_000_000]
    rows = [_row(source, id_) for id_ in ids]
    rows += [_row(source, source.choice(ids)) for _ in range(200 - len(ids) - len(BAD))]
    source.shuffle(rows)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEADER, *rows, *BAD])
    return out.getvalue().encode()


def _row(source: random.Random, id_: int) -> tuple[object, ...]:
    return (
        id_,
        f"person-{id_ % 40}",
        f"record-{id_ % 97}",
        source.choice(("new", "viewed", "accepted", "rejected")),
        ("record", "photo", "tree")[id_ % 3],
        source.randrange(1001) / 1000,
        f"2026-11-20T10:{source.randrange(60):02}:{source.randrange(60):02}Z",
    )


if __name__ == "__main__":
    Path(__file__).with_name("sample.csv").write_bytes(make())
