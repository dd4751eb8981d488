"""The job as a whole: each order once, what is none kept aside, what comes too late as well."""

from pathlib import Path

import pytest

from sales_stream.main import main


def ids(frame):
    return sorted(row.order_id for row in frame.collect())


def test_main_is_short_enough_to_read_at_a_glance():
    assert len((Path(__file__).parents[1] / "main.py").read_text().splitlines()) <= 25


def test_orders_are_made_in_three_countries_and_the_same_again(orders):
    made = orders(1000)

    assert {order["country"] for order in made} == {"CH", "DE", "US"}
    assert {order["amount"] < 0 for order in made} == {True, False}
    assert len({order["order_id"] for order in made}) == 1000
    assert orders(1000) == made != orders(1000, seed=2)


def test_each_order_is_there_once_however_often_a_till_sends_it(job, orders):
    made = orders(50)

    job.run(main, sales=[made, [*made[:10], made[0]]])

    assert ids(job.table("orders")) == sorted(order["order_id"] for order in made)


def test_what_is_no_order_is_kept_aside_with_its_reason(job, orders):
    first, second, third, fourth = orders(4)
    bad = [b"{", {**second, "amount": "many"}, {**third, "currency": "JPY"}, {**fourth, "items": 0}]

    ran = job.run(main, sales=[first, *bad])

    assert ids(job.table("orders")) == [first["order_id"]]
    assert {row.reason for row in job.quarantine().collect()} == {
        "amount is no decimal(12,2)",
        f'currency "JPY" is not that of {third["country"]}',
        "not a JSON object",
        "orders breaks 1 <= items",
    }
    assert ran.rows["read"] == 5


@pytest.mark.slow
def test_an_order_that_comes_too_late_is_in_the_late_table(job, orders):
    first, second, third = orders(3)
    hours_old = {**third, "ordered_at": "2026-11-21T09:00:00.000Z"}

    # Spark drops by the watermark with which the batch before began.
    job.run(main, sales=[[first], [second], [hours_old]])

    assert ids(job.table("orders")) == sorted([first["order_id"], second["order_id"]])
    assert job.late().count() == 1
