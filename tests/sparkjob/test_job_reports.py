"""The report: always there, always of the same form, readable for people."""

import json
from pathlib import Path

import jsonschema
import pytest

from sparkjob import InputRefused
from sparkjob.errors import NotAvailable, TooManyQuarantined

SCHEMA = Path(__file__).parents[2] / "docs" / "contracts" / "report.schema.json"

DENIED = (
    "User: arn:aws:sts::111122223333:assumed-role/demo-dev-sales-job/run is not authorized to "
    'perform: s3:GetObject on resource: "arn:aws:s3:::raw/sales/a.csv" because no identity-based '
    "policy allows the s3:GetObject action"
)


def check(report):
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    return report


def test_a_run_that_did_all_there_is_to_do_keeps_the_schema(make_job, csv_file):
    def main(run):
        used = run.accept(run.read_csv("sales", required=["id", "amount"]))
        known = run.table("known").count()
        run.write("daily", used.selectExpr("id", f"cast(amount as double) * {known} as amount"))

    job = make_job(
        checks=[{"column": "amount", "max": 1, "action": "warn"}],
        manifest={"run": {"quarantine_percent": 60}},
    )
    known = job.spark.range(3)

    ran = job.run(main, key="k", sales=csv_file("1,2", "3"), known=known)

    report = check(job.report(key="k"))
    assert report["state"] == "SUCCEEDED"
    assert report["error"] is None
    assert report["inputs"]["sales"]["files"] == 1
    assert report["inputs"]["known"]["files"] is None
    assert report["suspicious"][0]["sample"] == [{"id": "1", "amount": 6.0}]
    assert set(report["seconds"]) == {
        *("read", "main", "count", "quarantine", "check", "write", "publish")
    }
    assert json.loads(json.dumps(ran.report)) == report


@pytest.mark.parametrize(
    ("error", "message", "promises"),
    [
        (RuntimeError("the weather is bad"), "RuntimeError: the weather is bad", (True, True)),
        (KeyError("EUR"), "KeyError: 'EUR'", (True, True)),
        (AssertionError(), "AssertionError", (True, True)),
        (SystemExit(3), "SystemExit: 3", (True, True)),
        (InputRefused("not today's file"), "not today's file", (False, False)),
        (TooManyQuarantined("half of it"), "half of it", (True, False)),
        (OSError(28, "No space left on device"), "The disk is full", (True, False)),
        (RuntimeError(f"x\nCaused by: a.b.C: {DENIED} (Service: S3)"), DENIED, (False, False)),
    ],
)
def test_a_failure_is_reported_and_told(make_job, capsys, error, message, promises):
    retryable, traceback = promises

    def main(run):
        raise error

    job = make_job()
    with pytest.raises(type(error)):
        job.run(main, key="k")

    report = check(job.report(key="k"))
    assert report["state"] == "FAILED"
    assert report["error"]["message"].startswith(message)
    assert report["error"]["type"] == type(error).__name__
    assert report["error"]["retryable"] is retryable
    told = capsys.readouterr().err
    kind = f"{type(error).__name__}: "
    assert f"{kind}{report['error']['message'].removeprefix(kind)}" in told
    assert ("Traceback" in told) is traceback


def test_an_error_inside_spark_is_told_without_the_stack_of_the_jvm(make_job):
    job = make_job()
    with pytest.raises(Exception, match="42"):
        job.run(lambda run: run.spark.sql("SELECT raise_error('answer 42')").collect(), key="k")

    message = check(job.report(key="k"))["error"]["message"]
    assert "answer 42" in message
    assert "\tat " not in message
    assert len(message.splitlines()) <= 2


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda run: run.input("sale"), 'no input "sale". Did you mean "sales"'),
        (lambda run: run.args["min_day"], 'no parameter "min_day". Did you mean "min_days"'),
        (lambda run: run.secret("api"), 'no secret "api"'),
        (lambda run: run.interval, "is a snapshot job: it has no interval"),
    ],
)
def test_what_a_job_does_not_have_is_answered_with_what_it_has(make_job, use, told):
    job = make_job(manifest={"parameters": {"min_days": {"type": "int", "default": 1}}})

    with pytest.raises(NotAvailable, match=told):
        job.run(use, sales="s3://raw/sales/")


def test_parameters_are_text_with_the_defaults_of_the_manifest(make_job):
    seen = []
    job = make_job(
        manifest={"parameters": {"a": {"type": "int", "default": 1}, "b": {"default": True}}}
    )

    job.run(lambda run: seen.append(dict(run.args)), parameters={"a": 3})

    assert seen == [{"a": "3", "b": "true"}]


def test_nothing_stays_cached_after_a_run(make_job, csv_file):
    def main(run):
        used = run.accept(run.read_csv("sales", required=["id"], optional=["amount"]))
        run.write("daily", used.selectExpr("id", "cast(amount as double) amount"))

    job = make_job()
    cached = job.spark.sparkContext._jsc.getPersistentRDDs
    before = set(cached())  # other tests share the session

    job.run(main, sales=csv_file("1,2"))

    assert set(cached()) <= before


def test_a_run_with_an_interval_reports_it(make_job, capsys):
    manifest = {"interval": {"every": "day"}, "trigger": {"cron": "x", "timezone": "Europe/Paris"}}
    job = make_job(manifest=manifest)
    seen = []

    job.run(lambda run: seen.append(run.interval), key="20261026T063000Z", by="schedule")

    report = check(job.report(key="20261026T063000Z"))
    assert report["by"] == "schedule"
    assert report["interval"] == {
        "key": "20261024T220000Z",
        "start": "2026-10-25T00:00:00+02:00",
        "end": "2026-10-26T00:00:00+01:00",
    }
    assert seen[0].key == report["interval"]["key"]
    assert "interval 2026-10-25T00:00:00+02:00 to 2026-10-26" in capsys.readouterr().out


def test_a_key_that_names_no_period_fails_the_run_before_it_reads(make_job):
    job = make_job(manifest={"interval": {"every": "day"}})

    with pytest.raises(InputRefused, match="has no moment"):
        job.run(lambda run: pytest.fail("it ran"), key="monday")

    error = check(job.report(key="monday"))["error"]
    assert (error["type"], error["retryable"]) == ("InputRefused", False)


def test_spark_compares_with_the_moments_of_an_interval(make_job):
    job = make_job(manifest={"interval": {"every": "hour"}})
    times = ["2026-11-21 04:59:59", "2026-11-21 05:00:00", "2026-11-21 06:00:00"]
    found = []

    def main(run):
        rows = run.spark.createDataFrame([(each,) for each in times], "text string")
        seen = rows.selectExpr("text", "cast(text as timestamp) as seen")
        inside = (seen.seen >= run.interval.start) & (seen.seen < run.interval.end)
        found.extend(row["text"] for row in seen.where(inside).collect())

    job.run(main, key="20261121T050000Z")

    assert found == ["2026-11-21 05:00:00"]
