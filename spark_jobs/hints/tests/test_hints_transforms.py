"""The pure functions, on a few literal rows."""

from datetime import UTC, datetime

from hints.transforms import COLUMNS, newest, parse

ROWS = ", ".join(f"{name} string" for name in COLUMNS)
BOOKKEEPING = "_file string, _line bigint, _raw string, _reason string"
GOOD = ("7", "p1", "r1", "new", "tree", "0.5", "2026-11-20T10:00:00+01:00")


def parsed(spark, *rows):
    full = [(*row, "f", 2, "raw", None) for row in rows]
    return parse(spark.createDataFrame(full, f"{ROWS}, {BOOKKEEPING}")).collect()


def test_a_good_row_has_types_and_no_reason(spark):
    (row,) = parsed(spark, GOOD)

    assert (row.hint_id, row.score, row._reason) == (7, 0.5, None)
    assert row.changed_at.astimezone(UTC) == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_every_unreadable_part_of_a_row_is_a_reason(spark):
    (row,) = parsed(spark, ("x", "p1", " ", "new", "tree", None, "soon"))

    assert row._reason == (
        'record_id is empty; hint_id "x" is no bigint; score is empty; '
        'changed_at "soon" is no timestamp'
    )


def test_the_newest_change_of_a_hint_stays(spark):
    changes = spark.createDataFrame(
        [
            (1, "p", "r", "accepted", "tree", 0.5, datetime(2026, 11, 20, 12)),
            (1, "p", "r", "new", "tree", 0.9, datetime(2026, 11, 20, 11)),
            (2, "p", "r", "new", "tree", 0.1, datetime(2026, 11, 20, 11)),
            (2, "p", "r", "viewed", "tree", 0.1, datetime(2026, 11, 20, 11)),
        ],
        "hint_id bigint, person_id string, record_id string, status string, type string, "
        "score double, changed_at timestamp",
    )

    rows = newest(changes)

    assert rows.columns == list(COLUMNS)
    assert sorted((row.hint_id, row.status) for row in rows.collect()) == [
        (1, "accepted"),
        (2, "viewed"),
    ]
