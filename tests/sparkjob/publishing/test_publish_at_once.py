"""Runs that publish to one table at the same time, beside compaction: none is lost or doubled."""

import pytest

from benchmarks.writers import MODES, race

WRITERS, COMMITS = 3, 2  # benchmarks/writers.py does 50 each


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_run_is_in_the_table_once_or_was_reported(spark, mode):
    tally = race(spark, mode, f"lake.at_once.{mode}", writers=WRITERS, commits=COMMITS)

    assert tally.exact, tally


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_four_intervals_at_once_are_all_there_in_the_end(spark, mode):
    tally = race(spark, mode, f"lake.backfill.{mode}", writers=4, commits=1, attempts=5)

    assert tally.exact, tally
    assert tally.reported == 0
