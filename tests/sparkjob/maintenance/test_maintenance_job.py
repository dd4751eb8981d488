"""The maintenance job as a run: every table gets its turn, and the report says what was done."""

import itertools
import json
from pathlib import Path

import jsonschema
import pytest

from sparkjob.job_runner import JobFolder, JobRunner
from sparkjob.maintenance import upkeep
from sparkjob.maintenance.job import MOST_TOLD, maintain

_numbers = itertools.count(1)
COLUMNS = {"id": {"type": "long"}, "name": {"type": "string", "sensitivity": "personal"}}
NAMES = ("health.beds", "health.people")
SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "contracts" / "report.schema.json").read_text()
)
TASK = {"task": "maintain", "table": "", "where": ""}


@pytest.fixture
def job(spark, tmp_path):
    """A maintenance job with two tables, of which both were written three times."""
    tables = {
        name: {
            "name": name,
            "write": "merge",
            "key": ["id"],
            "columns": COLUMNS,
            "maintenance": {"small_files": 3, "target_file_mb": 8},
        }
        for name in NAMES
    }
    manifest = {
        "outputs": {name: {"table": name} for name in NAMES},
        "parameters": {name: {"default": text} for name, text in TASK.items()},
    }
    prefix = f"upkeep{next(_numbers)}_"
    folder = JobFolder(tmp_path / "maintenance_health", manifest, tables)
    runner = JobRunner(spark, folder=folder, reports=tmp_path / "reports", prefix=prefix)
    for name in NAMES:
        target = runner.table_name(name)
        spark.sql(f"CREATE TABLE {target} (id BIGINT, name STRING) USING iceberg")
        for id_ in range(3):
            spark.sql(f"INSERT INTO {target} VALUES ({id_}, 'n{id_}')")
    return runner


def test_every_table_is_kept_and_the_report_says_so(job, capsys):
    done = job.run(maintain).report["maintenance"]

    assert done["task"] == "maintain"
    assert {each["table"] for each in done["tables"]} == set(NAMES)
    for each in done["tables"]:
        assert each["before"]["data_files"] == 3
        assert each["after"]["data_files"] == 1
        assert each["error"] is None
    assert done["vcpu_hours_at_most"] > 0
    assert "3 -> 1 data files" in capsys.readouterr().out


def test_it_publishes_nothing_and_its_report_is_one_that_tools_can_read(job):
    report = job.run(maintain).report

    jsonschema.validate(report, SCHEMA)
    assert report["outputs"] == {}
    assert report["rows"]["read"] == 0


def test_one_table_that_fails_does_not_stop_the_others(job, monkeypatch):
    def fails(table, contract):
        if contract.name == "health.beds":
            raise RuntimeError("a damaged manifest")

    monkeypatch.setattr(upkeep, "STEPS", (("first", fails), *upkeep.STEPS))

    with pytest.raises(Exception, match="1 tables could not be kept, the others were"):
        job.run(maintain)

    report = job.report()
    tables = {each["table"]: each for each in report["maintenance"]["tables"]}
    assert "health.beds: RuntimeError: a damaged manifest" in report["error"]["message"]
    assert tables["health.beds"]["error"] == "RuntimeError: a damaged manifest"
    assert tables["health.people"]["after"]["data_files"] == 1


def test_quarantined_rows_are_kept_too_and_missing_tables_are_no_failure(job, spark):
    beds, people = (job.table_name(name) for name in NAMES)
    spark.sql(f"DROP TABLE {people}")
    spark.sql(f"CREATE TABLE {beds}_quarantine (run_key STRING, raw STRING) USING iceberg")
    for number in range(3):
        spark.sql(f"INSERT INTO {beds}_quarantine VALUES ('k{number}', 'x')")

    done = job.run(maintain).report["maintenance"]["tables"]

    tables = {each["table"]: each for each in done}
    assert tables["health.beds_quarantine"]["after"]["data_files"] == 1
    assert tables["health.people"]["steps"] == {"table": "not there yet: no run has written it"}


def test_one_table_can_be_kept_alone(job):
    done = job.run(maintain, parameters={"table": "health.beds"}).report["maintenance"]

    assert [each["table"] for each in done["tables"]] == ["health.beds"]


def test_the_task_erase_erases_from_one_table(job):
    erase = {"task": "erase", "table": "health.people", "where": "id = 1 AND name = 'n1'"}

    report = job.run(maintain, parameters=erase).report

    jsonschema.validate(report, SCHEMA)
    assert report["maintenance"]["rows"] == 1
    assert sorted(row["id"] for row in job.table("health.people").collect()) == [0, 2]
    assert job.table("health.beds").count() == 3


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"table": "health.bed"}, 'Did you mean "health.beds"?'),
        ({"task": "vacuum"}, "do not fit together"),
        ({"where": "id = 1"}, "do not fit together"),
        ({"task": "erase", "table": "health.beds"}, "do not fit together"),
        ({"task": "erase", "where": "id = 1"}, "do not fit together"),
    ],
)
def test_parameters_that_make_no_sense_change_nothing(job, parameters, said):
    with pytest.raises(Exception, match="Nothing was changed") as refused:
        job.run(maintain, parameters=parameters)

    assert said in str(refused.value)


def test_the_report_of_a_team_with_many_tables_fits_where_the_machine_reads_it(job, monkeypatch):
    most = next(iter(NAMES))
    names = {f"health.table_{number:04}": job.table_name(most) for number in range(400)}
    monkeypatch.setattr("sparkjob.maintenance.job._tables_of", lambda _, name: [(name, "t", None)])
    monkeypatch.setattr("sparkjob.maintenance.job._keep_one", _told_much)
    monkeypatch.setattr(JobRunner, "_outputs", lambda _: names)

    job.run(maintain)

    text = next(job.reports.iterdir()).read_text()
    found = job.report()["maintenance"]
    assert (len(found["tables"]), found["more_tables"]) == (MOST_TOLD, 400 - MOST_TOLD)
    assert len(text.encode()) < 24_000


def _told_much(_run, one, _target, _contract):
    one.before = one.after = upkeep.Figures(10**6, 10**6, 10**12, 10**4, 10**4)
    one.steps = {
        name: "123,456 files of 1,234 partitions written as 123" for name, _ in upkeep.STEPS
    }
    one.seconds = {name: 123.456 for name, _ in upkeep.STEPS}
