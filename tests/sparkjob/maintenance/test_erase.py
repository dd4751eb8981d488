"""Rows of one key are gone from table, files and history, or it is said where they are."""

from pathlib import Path

import pytest
from micro_batches import files_below

from sparkjob.errors import InputRefused
from sparkjob.maintenance.erase import erase
from sparkjob.maintenance.expiry import HOLD

MARKER = "erase-me-4711"


@pytest.fixture
def people(tables):
    """A table in which somebody's rows were written, changed, and deleted in part."""
    name = tables.make(**{"format-version": "2", "write.delete.mode": "merge-on-read"})
    tables.append(name, (1, "2026-11-01", MARKER), (2, "2026-11-01", "b"), (3, "2026-11-01", "c"))
    tables.append(name, (1, "2026-11-02", MARKER), (4, "2026-11-02", "d"), (5, "2026-11-02", "e"))
    tables.spark.sql(f"DELETE FROM {name} WHERE id = 1 AND day = DATE '2026-11-02'")
    return name


def files_with(tables, name):
    """The files of a table in which somebody's name can be found, Parquet being stored plain."""
    location = str(tables.open(name).java.location())
    found = [path for path in files_below(location) if MARKER.encode() in Path(path).read_bytes()]
    return sorted(path.name for path in found)


def test_rows_leave_table_files_and_history(tables, contract, people):
    assert files_with(tables, people)

    done = erase(tables.open(people), contract(), "id = 1")

    assert [row[0] for row in tables.rows(people)] == [2, 3, 4, 5]
    assert files_with(tables, people) == []
    assert len(tables.snapshots(people)) == 1
    assert (done["rows"], done["still_in"]) == (1, [])
    assert any("30" in line or "until" in line for line in done["lines"])


def test_a_branch_and_a_tag_that_still_have_them_are_named(tables, contract, people):
    tables.spark.sql(f"ALTER TABLE {people} CREATE TAG audit RETAIN 5 DAYS")
    tables.spark.sql(f"ALTER TABLE {people} CREATE BRANCH trial")

    done = erase(tables.open(people), contract(), "id = 1")

    assert [(each["name"], each["kind"]) for each in done["still_in"]] == [
        ("audit", "tag"),
        ("trial", "branch"),
    ]
    assert done["still_in"][0]["until"] is not None
    assert done["still_in"][1]["until"] is None
    assert done["still_in"][1]["drop"] == f"ALTER TABLE {people} DROP BRANCH `trial`"


def test_what_a_reader_holds_is_not_erased_from_under_it(tables, contract, people):
    held = tables.snapshots(people)[0]
    tables.spark.sql(f"ALTER TABLE {people} SET TBLPROPERTIES ('{HOLD}reports' = '{held}')")
    before = tables.rows(people)

    with pytest.raises(InputRefused, match=rf"held for reports \(snapshot {held}\)"):
        erase(tables.open(people), contract(), "id = 1")

    assert tables.rows(people) == before


def test_values_that_nobody_may_see_are_hidden(tables, contract, people, capsys):
    done = erase(tables.open(people), contract(sensitive=True), f"name = '{MARKER}'")

    assert "name = (hidden)" in done["lines"][0]
    assert MARKER not in capsys.readouterr().out + str(done)


def test_a_key_that_is_nowhere_changes_nothing(tables, contract, people):
    before = tables.snapshots(people)

    done = erase(tables.open(people), contract(), "id = 77")

    assert (done["rows"], done["snapshots_expired"]) == (0, 0)
    assert tables.snapshots(people) == before


def test_a_rerun_finishes_what_a_kill_interrupted(tables, contract, people, monkeypatch):
    def killed(*_):
        raise SystemExit(137)

    for step in ("_rewrite", "_expire"):
        with monkeypatch.context() as patch:
            patch.setattr(f"sparkjob.maintenance.erase.{step}", killed)
            with pytest.raises(SystemExit):
                erase(tables.open(people), contract(), "id = 1")

    erase(tables.open(people), contract(), "id = 1")

    assert files_with(tables, people) == []
    assert [row[0] for row in tables.rows(people)] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "where", ["id > 1", "1 = 1", "id = 1 OR id = 2", "id = id", "id IN (1)", "", "drop table x"]
)
def test_only_the_rows_of_one_key_can_be_erased(tables, contract, people, where):
    with pytest.raises(InputRefused, match="does not name the rows of one key"):
        erase(tables.open(people), contract(), where)


def test_an_unknown_column_is_refused_with_the_nearest_one(tables, contract, people):
    with pytest.raises(InputRefused, match='Did you mean "name"'):
        erase(tables.open(people), contract(), "nam = 'x'")
