"""`sparkrail check` says what starts a job, when its schedule fires next, and what looks odd."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparkcli.triggers import next_fires, notes, starts
from sparkmodel import Job, Table

NOW = datetime(2026, 10, 23, 12, tzinfo=UTC)
TABLE = {"columns": {"x": {"type": "int"}}}
TABLES = {
    "health.daily": Table(name="health.daily", write="append", **TABLE),
    "health.latest": Table(name="health.latest", write="replace", **TABLE),
}
INPUTS = {
    "beds": {"table": "health.beds"},
    "staff": {"table": "health.staff"},
    "raw": {"path": "raw/x/"},
}


def make(trigger=None, every=None, output="health.daily"):
    return Job.model_validate(
        {
            "folder": Path("sales"),
            "team": "shop",
            "trigger": trigger,
            "inputs": INPUTS,
            "outputs": {"out": {"table": output}},
            "interval": {"every": every} if every else None,
        }
    )


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (None, "by hand"),
        ({"cron": "30 6 * * ? *"}, "cron(30 6 * * ? *)"),
        ({"rate": "1 hour"}, "rate(1 hour)"),
        (
            {"tables": ["health.beds", "health.staff"]},
            "when these tables are written: health.beds, health.staff",
        ),
        ({"files": "raw"}, "when files of raw arrive and 5 minutes are quiet"),
        (
            {"event": {"source": ["aws.s3"]}},
            'at each event that matches { source = ["aws.s3"] }',
        ),
    ],
)
def test_what_starts_a_job_is_said(trigger, words):
    assert starts(make(trigger)) == words


def test_the_next_fires_are_shown_as_the_clocks_of_the_zone_show_them():
    job = make({"cron": "30 2 * * ? *", "timezone": "Europe/Paris"})

    assert next_fires(job, NOW) == [
        "2026-10-24T02:30+02:00",
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
    ]
    assert next_fires(make({"at": "2026-10-24T06:00:00", "timezone": "America/Lima"}), NOW) == [
        "2026-10-24T06:00-05:00"
    ]


@pytest.mark.parametrize("trigger", [None, {"tables": ["health.beds"]}, {"files": "raw"}])
def test_without_a_schedule_nothing_fires(trigger):
    assert next_fires(make(trigger), NOW) == []


def test_a_sound_job_has_no_notes():
    daily = {"cron": "30 6 * * ? *", "timezone": "Europe/Paris"}

    assert notes(make(daily, "day"), TABLES, NOW) == []
    assert notes(make({"cron": "0 * * * ? *"}, "hour"), TABLES, NOW) == []
    assert notes(make({"cron": "0 6 1 * ? *"}, "month"), TABLES, NOW) == []
    assert notes(make(daily, output="health.latest"), TABLES, NOW) == []


@pytest.mark.parametrize(
    ("trigger", "every", "output", "says"),
    [
        ("30 6 * * ? *", "day", "health.latest", 'health.latest has write = "replace"'),
        ("0 6,18 * * ? *", "day", "health.daily", "up to 2 runs stand for the same day"),
        ("0 6 ? * MON-FRI *", "day", "health.daily", "the day that begins at 20261029T230000Z"),
        ("0 * * * ? *", "hour", "health.daily", "shows an hour twice in autumn"),
    ],
)
def test_what_is_probably_not_meant_is_noted(trigger, every, output, says):
    job = make({"cron": trigger, "timezone": "Europe/Paris"}, every, output)

    [note] = notes(job, TABLES, NOW if every == "day" else datetime(2026, 6, 1, tzinfo=UTC))

    assert says in note


def test_check_shows_it(sparkrail, project):
    manifest = project / "spark_jobs/sales/job.toml"
    text = manifest.read_text().replace('timezone = "UTC"', 'timezone = "America/Lima"')
    manifest.write_text(text.replace("trigger  ", 'interval = { every = "week" }\ntrigger  '))

    told, shown = sparkrail("check", "--json"), sparkrail("check")

    job, _maintenance = told.document["jobs"]
    assert job["interval"] == {"every": "week", "lookback": 1}
    assert [fire[10:] for fire in job["next"]] == ["T06:30-05:00"] * 3
    assert "up to 7 runs stand for the same week" in json.dumps(job["notes"])
    assert "Note on sales: up to 7 runs" in shown.out
