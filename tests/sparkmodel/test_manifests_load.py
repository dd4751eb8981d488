"""What a manifest says is what the models say, in every environment."""

import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from sparkmodel import Job, Parameter, Spark, Worker, check_job, load_project
from sparkmodel.problems import ManifestError


def test_the_manifest_of_the_design_loads_whole(project):
    job = project.jobs()["hospital_utilization"]

    assert job.trigger.expression == "cron(30 6 * * ? *)"
    assert job.trigger.timezone == "America/New_York"
    assert job.inputs["hhs"].path == "raw/hhs/"
    assert job.outputs["state_month"].table == "health.state_month"
    assert job.parameters["min_days"].text == "1"
    assert job.spark.driver == Worker(vcpu=4, memory_gb=16)
    assert job.spark.max_executors == 4
    assert job.spark.conf == {"spark.sql.shuffle.partitions": "8"}
    assert (job.run.timeout_minutes, job.run.attempts, job.run.quarantine_percent) == (60, 3, 10.0)
    assert job.entry_point == project.root / "spark_jobs/hospital_utilization/main.py"
    assert not job.has_extend


def test_the_project_that_ships_is_sound():
    root = Path(__file__).parents[2]
    project = load_project(root)

    assert {"dev", "prod"} <= set(project.environments)
    written = {manifest.parent.name for manifest in root.glob("spark_jobs/*/job.toml")}
    for environment in project.environments.values():
        made = {job.name for job in project.jobs(environment)} - written
        assert made
        assert {name.partition("_")[0] for name in made} <= {"maintenance", "topics"}


def test_an_overlay_changes_only_what_it_says(project):
    dev, prod = (project.jobs(name)["hospital_utilization"] for name in ("dev", "prod"))

    assert prod.spark.executor == Worker(vcpu=8, memory_gb=60)
    assert dev.spark.executor == Worker(vcpu=4, memory_gb=16)
    assert prod.spark.max_executors == dev.spark.max_executors
    assert prod.trigger == dev.trigger


def test_an_overlay_with_another_kind_of_trigger_replaces_the_first(project):
    project.replace("[environments.prod]", '[environments.prod]\ntrigger = { rate = "1 hour" }')

    assert project.jobs("prod")["hospital_utilization"].trigger.expression == "rate(1 hour)"
    assert project.jobs("dev")["hospital_utilization"].trigger.cron == "30 6 * * ? *"


def test_an_overlay_that_names_a_size_wins_over_shapes(project):
    project.replace('size = "small"', "driver = { vcpu = 2, memory_gb = 8 }")

    assert project.jobs("prod")["hospital_utilization"].spark.driver == Worker(vcpu=8, memory_gb=60)


def test_a_shape_replaces_the_size_for_its_role_only(project):
    project.replace('size = "small"', 'size = "small"\ndriver = { vcpu = 8, memory_gb = 32 }')

    spark = project.jobs()["hospital_utilization"].spark
    assert (spark.driver.vcpu, spark.executor.vcpu) == (8, 4)


def test_release_and_architecture_come_from_the_environment_unless_the_job_chooses(project):
    project.replace(
        'region = "us-east-1"',
        'region = "us-east-1"\nrelease = "emr-spark-8.1.0"\narchitecture = "arm64"',
        "config/dev.toml",
    )
    project.replace("[run]", '[environments.prod.spark]\nrelease = "emr-7.12.0"\n[run]')
    project.replace('[environments.prod]\nspark.size = "large"\n', "")

    dev = project.jobs("dev")["hospital_utilization"].spark
    prod = project.jobs("prod")["hospital_utilization"].spark

    assert (dev.release, dev.architecture) == ("emr-spark-8.1.0", "arm64")
    assert (prod.release, prod.architecture) == ("emr-7.12.0", "arm64")


def test_placeholders_are_filled_in_by_each_environment(project):
    project.replace("[run]", '[secrets]\napi = "${environment}/${account}"\n[run]')

    assert project.jobs("dev")["hospital_utilization"].secrets == {"api": "dev/111111111111"}
    assert project.jobs("prod")["hospital_utilization"].secrets == {"api": "prod/222222222222"}


def test_an_environment_that_extends_another_keeps_what_it_does_not_say(project):
    environments = project.load().environments

    prod = environments["prod"]
    assert (prod.prefix, prod.database_prefix) == ("demo-prod", "demo_prod_")
    assert (prod.teams["health"].max_vcpu, prod.teams["health"].concurrent_runs) == (80, 2)
    assert (prod.account, prod.region) == ("222222222222", "us-east-1")


def test_a_contract_knows_its_columns_in_order(project):
    table = project.load().tables["health.state_month"]

    assert (table.database, table.table) == ("health", "state_month")
    assert list(table.columns) == ["state", "month", "bed_use_ratio"]
    assert (table.checks[0].kind, table.checks[0].action) == ("range", "fail")


def test_jobs_are_sorted_and_shared_packages_are_no_jobs(project):
    project.job("a_job", 'team = "health"\n')
    project.write("spark_jobs/shared/__init__.py", "")

    assert list(project.jobs()) == ["a_job", "hospital_utilization"]


def test_deleting_a_jobs_folder_leaves_a_sound_project(project):
    for path in (project.root / "spark_jobs/hospital_utilization").iterdir():
        path.unlink()
    (project.root / "spark_jobs/hospital_utilization").rmdir()

    assert project.jobs() == {}


def test_the_extension_is_seen(project):
    project.write("spark_jobs/hospital_utilization/extend.py", "")

    assert project.jobs()["hospital_utilization"].has_extend


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_loads(project):
    path = project.root / "spark_jobs/hospital_utilization/job.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert list(project.jobs()) == ["hospital_utilization"]


def test_a_job_can_be_built_in_python_with_defaults_for_all_but_folder_and_team(tmp_path):
    job = Job(folder=tmp_path / "sales_daily", team="health")

    assert job.name == "sales_daily"
    assert job.trigger is None
    assert (job.spark.driver, job.spark.max_executors) == (Worker(vcpu=4, memory_gb=16), 4)
    assert job.spark.release == "emr-7.14.0"


def test_a_job_built_in_python_is_checked_like_one_with_a_manifest(project):
    loaded = project.load()
    job = Job(folder=project.root / "x", team="helth", spark=Spark(size="large", max_executors=9))

    with pytest.raises(ManifestError, match=r'is not a team of dev.*\n.*Did you mean "health"'):
        check_job(job, environment=loaded.environments["dev"], tables=loaded.tables)


def test_models_are_frozen_and_closed(tmp_path):
    job = Job(folder=tmp_path / "sales_daily", team="health")

    with pytest.raises(ValidationError):
        job.team = "other"
    with pytest.raises(ValidationError):
        Job(folder=tmp_path / "sales_daily", team="health", colour="red")


@pytest.mark.parametrize(
    ("kind", "default", "text"),
    [
        ("string", "Ana María", "Ana María"),
        ("int", -3, "-3"),
        ("double", 1, "1"),
        ("double", 0.5, "0.5"),
        ("boolean", True, "true"),
        ("date", datetime.date(2026, 11, 21), "2026-11-21"),
        ("date", "2026-11-21", "2026-11-21"),
    ],
)
def test_a_parameters_default_becomes_an_argument(kind, default, text):
    assert Parameter(type=kind, default=default).text == text


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("int", True),
        ("int", 1.5),
        ("int", "1"),
        ("double", True),
        ("boolean", 1),
        ("date", "2026-02-30"),
        ("date", 1),
        ("string", 1),
        ("string", "a\nb"),
        ("string", [1]),
    ],
)
def test_a_parameters_default_must_fit_its_type(kind, default):
    with pytest.raises(ValidationError):
        Parameter(type=kind, default=default)
