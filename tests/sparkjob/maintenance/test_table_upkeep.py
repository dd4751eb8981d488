"""What maintenance does to a table, and what it leaves alone."""

import os
import time
from pathlib import Path

from micro_batches import files_below

from sparkjob.maintenance.compaction import compact
from sparkjob.maintenance.delete_files import rewrite_position_deletes
from sparkjob.maintenance.expiry import HOLD, expire
from sparkjob.maintenance.history import MAIN
from sparkjob.maintenance.manifests import MANY, rewrite_manifests
from sparkjob.maintenance.orphans import remove_orphans
from sparkjob.maintenance.retention import delete_old_rows
from sparkjob.maintenance.table import NOTHING
from sparkjob.maintenance.upkeep import Upkeep
from sparkjob.publishing.iceberg import at_snapshot

FOUR_DAYS = 4 * 24 * 60 * 60
MERGE_ON_READ = {"format-version": "2", "write.delete.mode": "merge-on-read"}


def test_only_partitions_with_many_small_files_are_compacted(tables, contract):
    name = tables.make()
    for id_ in range(3):
        tables.append(name, (id_, "2026-11-01", "a"))
    tables.append(name, (9, "2026-11-02", "b"))
    rows = tables.rows(name)

    done = compact(tables.open(name), contract(small_files=3))

    assert (done.partitions, done.rewritten, done.added, done.left) == (1, 3, 1, 0)
    assert tables.rows(name) == rows
    assert tables.files(name) == 2


def test_nothing_to_do_is_no_commit(tables, contract):
    name = tables.make()
    tables.append(name, (1, "2026-11-01", "a"), (2, "2026-11-02", "b"))
    before = tables.snapshots(name)

    upkeep = Upkeep("health.events")
    upkeep.keep(tables.open(name), contract())

    assert tables.snapshots(name) == before
    assert set(upkeep.steps.values()) == {NOTHING}


def test_a_table_without_partitions_is_compacted_in_the_order_of_its_contract(tables, contract):
    name = tables.make(partitioned=None)
    tables.spark.sql(f"ALTER TABLE {name} WRITE ORDERED BY id DESC")
    for id_ in (2, 3, 1):
        tables.append(name, (id_, "2026-11-01", "a"))

    done = compact(tables.open(name), contract(small_files=2, sort=["id desc"]))

    assert (done.rewritten, done.added) == (3, 1)
    assert [row["id"] for row in tables.spark.table(name).collect()] == [3, 2, 1]


def test_partitions_of_every_kind_are_found_again(tables, contract):
    name = tables.make(partitioned="bucket(4, id), truncate(1, name), months(day)")
    for _ in range(2):
        tables.append(name, (1, "2026-11-01", "anna"), (1, "2026-10-01", "ohara"))
    tables.spark.sql(f"INSERT INTO {name} VALUES (NULL, NULL, NULL)")
    tables.spark.sql(f"INSERT INTO {name} VALUES (NULL, NULL, NULL)")

    done = compact(tables.open(name), contract(small_files=2))

    assert (done.partitions, done.rewritten, done.added) == (3, 6, 3)


def test_files_of_an_older_partitioning_are_compacted_too(tables, contract):
    name = tables.make()
    for id_ in range(2):
        tables.append(name, (id_, "2026-11-01", "a"))
    tables.spark.sql(f"ALTER TABLE {name} REPLACE PARTITION FIELD day WITH bucket(2, id)")
    rows = tables.rows(name)

    done = compact(tables.open(name), contract(small_files=2))

    assert done.rewritten == 2
    assert tables.rows(name) == rows


def test_a_file_that_lost_many_rows_is_written_anew_without_them(tables, contract):
    name = tables.make(**MERGE_ON_READ)
    tables.append(name, *((id_, "2026-11-01", "a") for id_ in range(3)))
    tables.append(name, *((id_, "2026-11-02", "b") for id_ in range(10, 20)))
    tables.spark.sql(f"DELETE FROM {name} WHERE id IN (1, 11)")
    rows = tables.rows(name)

    done = compact(tables.open(name), contract())

    # A third of the first file's rows is gone, a tenth of the second's.
    assert done.rewritten == 1
    assert tables.rows(name) == rows


def test_a_file_with_many_delete_files_is_written_anew(tables, contract):
    granularity = {"write.delete.granularity": "partition"}
    name = tables.make(**MERGE_ON_READ, **granularity)
    tables.append(name, *((id_, "2026-11-01", "a") for id_ in range(50)))
    for id_ in range(2):
        tables.spark.sql(f"DELETE FROM {name} WHERE id = {id_}")

    assert compact(tables.open(name), contract(delete_files=3)).rewritten == 0
    assert compact(tables.open(name), contract(delete_files=2)).rewritten == 1
    assert tables.files(name, "delete_files") <= 1  # the newest, which no row needs any more
    assert len(tables.rows(name)) == 48


def test_small_delete_files_are_put_together(tables, contract):
    name = tables.make(**MERGE_ON_READ, **{"write.delete.granularity": "partition"})
    tables.append(name, *((id_, "2026-11-01", "a") for id_ in range(50)))
    for id_ in range(3):
        tables.spark.sql(f"DELETE FROM {name} WHERE id = {id_}")

    said = rewrite_position_deletes(tables.open(name), contract(small_files=3))

    assert said == "3 files of deletes written as 1"
    assert len(tables.rows(name)) == 47
    assert rewrite_position_deletes(tables.open(name), contract(small_files=2)) == NOTHING


def test_rows_past_their_time_are_deleted(tables, contract):
    name = tables.make()
    tables.append(name, (1, "2020-01-01", "old"), (2, "2099-01-01", "new"))
    kept = contract(retention={"column": "day", "days": 730})

    said = delete_old_rows(tables.open(name), kept)

    assert said.startswith("1 rows of before ")
    assert [row[0] for row in tables.rows(name)] == [2]
    assert delete_old_rows(tables.open(name), kept) == NOTHING
    assert len(tables.snapshots(name)) == 2


def test_rows_without_retention_stay(tables, contract):
    name = tables.make()
    tables.append(name, (1, "1920-01-01", "old"))

    assert delete_old_rows(tables.open(name), contract()) == ""
    assert len(tables.rows(name)) == 1


def test_many_small_manifests_become_few(tables):
    name = tables.make()
    tables.append(name, (1, "2026-11-01", "a"))
    java = tables.open(name).java
    file = next(java.newScan().planFiles().iterator()).file()
    for _ in range(MANY - 2):
        java.newFastAppend().appendFile(file).commit()

    assert rewrite_manifests(tables.open(name)) == NOTHING
    java.newFastAppend().appendFile(file).commit()
    assert rewrite_manifests(tables.open(name)) == f"{MANY} manifests written as 1"
    assert len(tables.rows(name)) == MANY


def test_expiry_keeps_what_a_reader_holds(tables, contract, monkeypatch):
    name = tables.make()
    for id_ in range(5):
        tables.append(name, (id_, "2026-11-01", "a"))
    ids = tables.snapshots(name)
    tables.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('{HOLD}reports' = '{ids[2]}')")
    in_a_month(monkeypatch)

    said = expire(tables.open(name), contract(keep_snapshots=1, keep_days=1))

    assert said == "2 snapshots expired; 2 stay for reader reports"
    assert tables.snapshots(name) == ids[2:]
    assert len(at_snapshot(tables.spark, name, ids[2]).collect()) == 3


def test_a_hold_on_a_lost_snapshot_expires_nothing_and_says_what_helps(
    tables, contract, monkeypatch
):
    name = tables.make()
    for id_ in range(3):
        tables.append(name, (id_, "2026-11-01", "a"))
    tables.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('{HOLD}reports' = '12345')")
    in_a_month(monkeypatch)

    said = expire(tables.open(name), contract(keep_snapshots=1, keep_days=1))

    assert said.startswith("nothing expired: sparkrail.hold.reports names no snapshot")
    assert "UNSET TBLPROPERTIES ('sparkrail.hold.reports')" in said
    assert len(tables.snapshots(name)) == 3


def test_expiry_leaves_properties_refs_and_a_reader_that_runs(tables, contract, monkeypatch):
    name = tables.make()
    tables.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('stream.q1' = '7')")
    for id_ in range(4):
        tables.append(name, (id_, "2026-11-01", "a"))
        if id_ == 1:
            tables.spark.sql(f"ALTER TABLE {name} CREATE TAG kept")
    ids = tables.snapshots(name)
    tables.spark.sql(f"REFRESH TABLE {name}")
    reader = tables.spark.table(name).toLocalIterator()  # reads one file after the other
    first = next(reader)
    tables.append(name, (9, "2026-11-01", "a"))

    said = expire(tables.open(name), contract(keep_snapshots=1, keep_days=1))
    assert said == NOTHING  # all were replaced a moment ago
    in_a_month(monkeypatch)
    said = expire(tables.open(name), contract(keep_snapshots=2, keep_days=1))

    assert said == "2 snapshots expired"
    assert tables.snapshots(name)[:2] == [ids[1], ids[3]]
    assert tables.open(name).properties["stream.q1"] == "7"
    assert sorted(row["id"] for row in [first, *reader]) == [0, 1, 2, 3]
    assert tables.spark.table(f"{name}.refs").count() == 2


def test_run_branches_go_when_their_days_are_over(tables, contract, monkeypatch):
    name = tables.make()
    tables.append(name, (1, "2026-11-01", "a"))
    tables.spark.sql(f"ALTER TABLE {name} CREATE BRANCH run_sales_1")
    tables.open(name).java.manageSnapshots().setMaxRefAgeMs("run_sales_1", 1).commit()
    tables.spark.sql(f"INSERT INTO {name}.branch_run_sales_1 VALUES (2, DATE '2026-11-01', 'b')")
    time.sleep(0.01)
    in_a_month(monkeypatch)

    said = expire(tables.open(name), contract(keep_snapshots=1, keep_days=1))

    assert said == "1 snapshots expired, and branches and tags: run_sales_1"
    refs = tables.spark.table(f"{name}.refs").collect()
    assert [row["name"] for row in refs] == [MAIN]
    assert tables.rows(name) == [(1, tables.rows(name)[0][1], "a")]


def test_a_branch_with_settings_of_its_own_never_expires_more_than_is_safe(
    tables, contract, monkeypatch
):
    name = tables.make()
    for id_ in range(3):
        tables.append(name, (id_, "2026-11-01", "a"))
    ids = tables.snapshots(name)
    tables.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('{HOLD}reports' = '{ids[1]}')")
    tables.open(name).java.manageSnapshots().setMaxSnapshotAgeMs(MAIN, 1).commit()
    time.sleep(0.01)
    in_a_month(monkeypatch)

    said = expire(tables.open(name), contract(keep_snapshots=1, keep_days=1))

    assert said.startswith("nothing expired: a branch has a max-snapshot-age of its own")
    assert tables.snapshots(name) == ids


def test_files_that_no_snapshot_knows_go_when_they_are_old_enough(tables, contract):
    name = tables.make()
    tables.append(name, (1, "2026-11-01", "a"))
    location = str(tables.open(name).java.location())
    known = files_below(location)
    data = next(path for path in known if path.suffix == ".parquet").parent
    old, young = data / "old.parquet", data / "young.parquet"
    for path in (old, young):
        path.write_bytes(b"x")
    past = time.time() - FOUR_DAYS
    for path in (old, *known):
        os.utime(path, (past, past))

    assert remove_orphans(tables.open(name), contract(orphan_days=3)) == "1 files removed"
    assert files_below(location) == {*known, young}
    assert Path(young).exists()


def test_a_table_that_does_not_own_its_files_loses_none(tables, contract, monkeypatch):
    name = tables.make(**{"gc.enabled": "false"})
    for id_ in range(2):
        tables.append(name, (id_, "2026-11-01", "a"))
    in_a_month(monkeypatch)

    assert "gc.enabled" in expire(tables.open(name), contract(keep_snapshots=1, keep_days=1))
    assert "gc.enabled" in remove_orphans(tables.open(name), contract())


def in_a_month(monkeypatch):
    """Let maintenance believe that a month has passed; Iceberg's own clock stays as it is."""
    now = time.time() + 30 * 24 * 60 * 60
    monkeypatch.setattr("sparkjob.maintenance.expiry.time.time", lambda: now)
