"""What a manifest says is what the driver reads."""

from pipelines import environment

from sparkjob.arguments import parse_arguments
from sparkjob.intervals import Periods
from sparkrail.names import Names
from sparkrail.packaging_assets.arguments import job_arguments


def parsed(job):
    arguments = job_arguments(job, names=Names(environment()))
    return parse_arguments(arguments, script="/jobs/orders/main.py")


def test_an_interval_reaches_the_driver(make_job):
    trigger = {"cron": "30 6 * * ? *", "timezone": "Europe/Paris"}

    found = parsed(make_job(trigger=trigger, interval={"every": "week", "lookback": 3}))

    assert found.periods == Periods("week", 3, "Europe/Paris", "moments")


def test_the_keys_of_jobs_that_tables_start_are_starts(make_job):
    trigger, inputs = {"tables": ["shop.beds"]}, {"beds": {"table": "shop.beds"}}

    found = parsed(make_job(trigger=trigger, inputs=inputs, interval={"every": "day"}))

    assert found.periods == Periods("day", 1, "UTC", "starts")


def test_a_snapshot_job_has_no_interval(make_job):
    assert parsed(make_job(trigger={"rate": "1 day"})).periods is None
