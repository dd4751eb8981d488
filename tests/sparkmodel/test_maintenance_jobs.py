"""The job that keeps a team's tables follows from the contracts, and from nothing else."""

import json

import pytest

from sparkmodel.capacity import ApplicationKey
from sparkmodel.packaging import contracts_json, package_job
from sparkmodel.releases import release

NAME = "maintenance_health"
OTHER = """
write = "append"
columns = { id = { type = "long" } }
"""


@pytest.fixture
def kept(project):
    """The workbench with its maintenance on."""
    project.replace('maintenance = "off"\n', "", "config/dev.toml")
    return project


def test_a_team_with_tables_has_one(kept):
    job = kept.jobs()[NAME]

    assert job.maintains == ("health.state_month",)
    assert job.outputs == {}
    assert (job.trigger.cron, job.trigger.timezone) == ("0 3 * * ? *", "UTC")
    assert job.overlap == "skip"
    assert {name: each.default for name, each in job.parameters.items()} == {
        "task": "maintain",
        "table": "",
        "where": "",
    }


def test_it_is_packaged_like_any_job_with_the_contracts_that_it_keeps(kept, tmp_path):
    import zipfile

    loaded = kept.load()
    job = kept.jobs()[NAME]
    package = package_job(
        job,
        tables=loaded.tables,
        release=release(job.spark.release),
        spark_jobs=job.folder.parent,
        cache=tmp_path / "cache",
    )

    with zipfile.ZipFile(package.code.path) as code:
        contracts = json.loads(code.read("sparkjob/contracts.json"))
        files = set(code.namelist())
    assert contracts["outputs"]["health.state_month"]["name"] == "health.state_month"
    assert contracts["outputs"]["health.state_month"]["owner"] == "health"
    assert "sparkjob/maintenance/upkeep.py" in files
    assert package.entry_point.path.read_text().endswith("sparkjob.run(maintain)\n")


def test_the_late_records_of_a_stream_are_kept_like_its_table(streams):
    streams.replace('maintenance = "off"\n', "", "config/dev.toml")
    job = streams.jobs()[NAME]

    told = json.loads(contracts_json(job, streams.load().tables))["outputs"]

    assert job.maintains == ("health.orders", "health.orders_late", "health.state_month")
    assert told["health.orders_late"]["name"] == "health.orders_late"
    assert told["health.orders_late"]["maintenance"] == told["health.orders"]["maintenance"]


@pytest.mark.parametrize("by", ["glue", "nobody"])
def test_a_table_has_one_owner_of_its_upkeep(kept, by):
    kept.write("tables/health/other.toml", f'owner = "health"\n{OTHER}[maintenance]\nby = "{by}"\n')

    assert kept.jobs()[NAME].maintains == ("health.state_month",)


def test_a_table_that_nobody_answers_for_is_kept_by_nobody(kept):
    kept.write("tables/health/other.toml", OTHER)

    assert kept.jobs()[NAME].maintains == ("health.state_month",)


def test_a_table_goes_to_the_team_that_its_contract_names(kept):
    kept.replace("[teams.health]", "[teams.data-platform]\nmax_vcpu = 8\nconcurrent_runs = 1\n\n"
                 "[teams.health]", "config/dev.toml")  # fmt: skip
    kept.replace("vcpu = 100", "vcpu = 200", "config/dev.toml")
    kept.write("tables/health/other.toml", f'owner = "data-platform"\n{OTHER}')

    jobs = kept.jobs()

    assert jobs["maintenance_data_platform"].maintains == ("health.other",)
    assert jobs["maintenance_data_platform"].spark.vcpu == 8
    assert jobs[NAME].maintains == ("health.state_month",)


def test_an_environment_can_have_none_or_its_own_time(kept):
    times = 'maintenance = { cron = "30 22 ? * SUN *", timezone = "Europe/Madrid" }\n'
    kept.replace("[teams.health]", f"{times}\n[teams.health]", "config/dev.toml")
    assert kept.jobs()[NAME].trigger.timezone == "Europe/Madrid"

    kept.replace(times, 'maintenance = "off"\n', "config/dev.toml")
    assert NAME not in kept.jobs()


@pytest.mark.parametrize(
    ("value", "key", "said"),
    [
        ('"never"', "maintenance", "off"),
        ('{ cron = "0 3 * * *" }', "maintenance.cron", '"0 3 * * ? *"'),
        ('{ cron = "0 3 31 2 ? *" }', "maintenance.cron", "never fires"),
        ('{ cron = "0 3 * * ? *", timezone = "Madrid" }', "maintenance.timezone", "time zone"),
        ('{ every = "day" }', "maintenance.every", "cron"),
    ],
)
def test_times_that_cannot_be_are_refused_where_they_stand(kept, value, key, said):
    kept.replace("[teams.health]", f"maintenance = {value}\n\n[teams.health]", "config/dev.toml")

    problem = kept.problems()[0]

    assert (problem.file, problem.key) == ("config/dev.toml", key)
    assert said in str(problem)


def test_no_folder_of_a_job_can_have_its_name(kept):
    kept.job("maintenance_sales", 'team = "health"\n[outputs]\n')

    assert 'begin with "maintenance_"' in kept.refusal()


def test_it_runs_in_an_application_that_the_team_has(kept):
    jobs = kept.jobs()

    assert ApplicationKey.of(jobs[NAME]) == ApplicationKey.of(jobs["hospital_utilization"])


def test_jobs_without_tables_have_no_maintenance(kept):
    kept.write(
        "tables/health/state_month.toml",
        'write = "replace"\ncolumns = { id = { type = "long" } }\n[maintenance]\nby = "nobody"\n',
    )

    assert NAME not in kept.jobs()


def test_files_of_a_run_that_still_writes_are_never_taken_for_lost(kept):
    kept.replace("timeout_minutes = 60", "timeout_minutes = 7200")
    contract = (kept.root / "tables" / "health" / "state_month.toml").read_text()
    kept.write("tables/health/state_month.toml", f"{contract}\n[maintenance]\norphan_days = 3\n")

    problem = kept.problems()[0]

    assert (problem.file, problem.key) == (
        "tables/health/state_month.toml",
        "maintenance.orphan_days",
    )
    assert "a run of hospital_utilization may last (5 days)" in problem.text


def test_a_share_that_holds_no_run_of_it_is_told_with_the_jobs_name(kept):
    kept.replace("max_vcpu = 40\n", "max_vcpu = 1\n", "config/dev.toml")
    kept.replace("concurrent_runs = 2", "concurrent_runs = 1", "config/dev.toml")

    assert f"has the maintenance job {NAME}" in kept.refusal()


def test_it_takes_the_room_beside_the_largest_jobs_that_may_run_with_it(kept):
    kept.replace("max_vcpu = 40\n", "max_vcpu = 30\n", "config/dev.toml")

    jobs = kept.jobs()

    assert jobs["hospital_utilization"].spark.vcpu == 20
    assert jobs[NAME].spark.vcpu == 8


def test_it_comes_after_the_jobs_that_people_wrote(kept):
    kept.job("zebra", 'team = "health"\n')

    assert list(kept.jobs())[-1] == NAME
