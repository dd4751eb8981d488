"""The job as a whole: whole minutes, each written once, when nothing more can come."""

from decimal import Decimal
from pathlib import Path

import pytest

from sales_by_minute.main import main


def minutes(job):
    rows = job.table("by_minute").collect()
    return sorted((row.minute.minute, row.country, row.orders, row.amount) for row in rows)


def test_main_is_short_enough_to_read_at_a_glance():
    assert len((Path(__file__).parents[1] / "main.py").read_text().splitlines()) <= 25


@pytest.mark.slow
def test_a_minute_is_written_once_when_nothing_more_can_come(job, order):
    first = [order(1), order(2), order(2), order(3, country="CH", amount=-4.25)]

    # The last one is 30 minutes late: Spark drops it by the watermark of the batch before.
    job.run(main, sales=[first, [order(4, minute=30)], [order(5, minute=31)], [order(6)]])

    assert minutes(job) == [(0, "CH", 1, Decimal("-4.25")), (0, "DE", 2, Decimal("21.00"))]
    assert job.late().count() == 1


@pytest.mark.slow
def test_what_was_counted_outlives_a_restart(job, order):
    job.run(main, sales=[order(1)])
    assert not minutes(job)

    job.run(main, sales=[[order(1), order(2)], [order(3, minute=30)]])

    assert minutes(job) == [(0, "DE", 2, Decimal("21.00"))]
