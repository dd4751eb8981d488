"""Maintenance that is killed at any point leaves the table whole, and the next run finishes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from micro_batches import DAYS, ROWS_PER_BATCH, micro_batches, size_of

from sparkjob.contracts import parse_contract
from sparkjob.maintenance import upkeep

SCRIPT = Path(__file__).with_name("kept_in_a_process.py")
BATCHES, KILLED = 24, -signal.SIGKILL
TABLE = "lake.health.events"
STEPS = [name for name, _ in upkeep.STEPS]


class Killed(BaseException):
    """A process that is gone; nothing catches it."""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_each_step_the_next_run_finishes(spark, tables, moment, monkeypatch):
    name = f"lake.killed_{moment}.events"
    micro_batches(spark, name, BATCHES)
    rows = tables.rows(name)
    contract = parse_contract(
        {
            "name": "health.events",
            "write": "append",
            "columns": {"id": {"type": "long"}, "day": {"type": "date"}},
            "maintenance": {"target_file_mb": 8, "keep_days": 1, "keep_snapshots": 1},
            "retention": {"column": "day", "days": 3650},
        }
    )
    later = time.time() + 30 * 24 * 60 * 60
    monkeypatch.setattr("sparkjob.maintenance.expiry.time.time", lambda: later)
    steps = upkeep.STEPS

    for point in STEPS:
        monkeypatch.setattr(upkeep, "STEPS", killed_at(steps, point, moment))
        with pytest.raises(Killed):
            upkeep.Upkeep("events").keep(tables.open(name), contract)
        assert tables.rows(name) == rows, f"killed {moment} {point}"

    monkeypatch.setattr(upkeep, "STEPS", steps)
    upkeep.Upkeep("events").keep(tables.open(name), contract)
    assert tables.rows(name) == rows
    assert size_of(spark, name) == (DAYS, 1)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["files", "after:expiry"])
def test_a_killed_process_leaves_a_table_that_the_next_one_finishes(tmp_path, point):
    keep(tmp_path, "make")

    assert keep(tmp_path, point).returncode == KILLED
    done = keep(tmp_path, "never")

    assert done.returncode == 0, done.stderr
    assert f"-> {DAYS} data files" in done.stdout
    assert "-> 1 snapshots" in done.stdout
    assert rows_of(tmp_path) == BATCHES * ROWS_PER_BATCH


def killed_at(steps, point, moment):
    def dying(step):
        def taken(table, contract):
            if moment == "after":
                step(table, contract)
            raise Killed

        return taken

    return tuple((name, dying(step) if name == point else step) for name, step in steps)


def keep(warehouse, point):
    """Run the script in a process group of its own, as it kills all of it."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(warehouse), TABLE, point],
        env={**os.environ, "PYTHONPATH": str(SCRIPT.parent)},
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
        timeout=300,
    )


def rows_of(warehouse):
    """Count the rows without Spark, as a reader that knows nothing of who wrote them."""
    from pyiceberg.table import StaticTable

    folder = warehouse / "lake" / "health" / "events" / "metadata"
    newest = max(folder.glob("v*.metadata.json"), key=lambda path: int(path.name.split(".")[0][1:]))
    return StaticTable.from_metadata(newest.as_uri()).scan().to_arrow().num_rows
