"""Maintenance and writers at the same time: nobody loses a row, nobody fails."""

import threading

import pytest

from sparkjob.maintenance import beside_writers as module
from sparkjob.maintenance import compaction
from sparkjob.maintenance.beside_writers import CHANGED_MEANWHILE, TRIES, beside_writers
from sparkjob.maintenance.compaction import compact
from sparkjob.maintenance.upkeep import Upkeep
from sparkjob.publishing.iceberg import is_conflict

CONFLICT = "org.apache.iceberg.exceptions.ValidationException: Missing required files to delete"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 0)


def test_a_change_that_lost_to_a_writer_is_made_again():
    tried = []

    def change():
        tried.append(1)
        if len(tried) < TRIES:
            raise RuntimeError(CONFLICT)
        return "done"

    assert beside_writers(change) == "done"


def test_writers_that_are_always_faster_are_no_failure_of_the_table(tables, contract, monkeypatch):
    name = tables.make()
    tables.append(name, (1, "2026-11-01", "a"))

    def lost(*_):
        raise RuntimeError(CONFLICT)

    monkeypatch.setattr("sparkjob.maintenance.upkeep.STEPS", (("compaction", lost),))
    upkeep = Upkeep("health.events")
    upkeep.keep(tables.open(name), contract())

    assert upkeep.error is None
    assert upkeep.steps["compaction"].startswith(
        f"left to the next run: writers were faster {TRIES} times: "
    )


def test_what_is_no_conflict_is_not_tried_again():
    with pytest.raises(RuntimeError, match="disk"):
        beside_writers(lambda: (_ for _ in ()).throw(RuntimeError("no disk")))
    denied = "CommitFailedException: User: arn:x is not authorized to perform: glue:UpdateTable"
    assert is_conflict(RuntimeError(CONFLICT), CHANGED_MEANWHILE)
    assert not is_conflict(RuntimeError(denied), CHANGED_MEANWHILE)


def test_appends_while_files_are_compacted_are_all_there(tables, contract):
    name = tables.make()
    for id_ in range(4):
        tables.append(name, (id_, "2026-11-01", "a"))
    going = threading.Event()

    def append():
        for id_ in range(10, 16):
            tables.append(name, (id_, "2026-11-01", "b"))
            going.set()

    writer = threading.Thread(target=append)
    writer.start()
    going.wait()
    done = compact(tables.open(name), contract(small_files=2))
    writer.join()

    assert done.rewritten >= 4
    assert [row[0] for row in tables.rows(name)] == [0, 1, 2, 3, *range(10, 16)]


def test_files_that_a_writer_replaced_meanwhile_are_left_to_it(tables, contract, monkeypatch):
    name = tables.make()
    for id_ in range(3):
        tables.append(name, (id_, "2026-11-01", "a"))
    tables.append(name, (7, "2026-11-02", "b"))
    plan = compaction.filter_of

    def overtaken(table, partitions):
        """Between the look at the table and the commit, a writer replaces the partition."""
        if len(tables.snapshots(name)) == 4:
            frame = tables.spark.sql("SELECT 99L id, DATE '2026-11-01' day, 'c' name")
            frame.writeTo(name).overwritePartitions()
        return plan(table, partitions)

    monkeypatch.setattr(compaction, "filter_of", overtaken)
    compact(tables.open(name), contract(small_files=3))

    assert [row[0] for row in tables.rows(name)] == [7, 99]
