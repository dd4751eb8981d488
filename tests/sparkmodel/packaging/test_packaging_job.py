"""A whole job, packaged."""

import json
import platform
import subprocess
import zipfile
from pathlib import Path

import pytest

from sparkmodel import Column, Job, Output, Spark, Table, release
from sparkmodel.packaging import (
    PackagingError,
    Target,
    build_environment,
    contracts_json,
    package_job,
    read_lock,
)

RELEASE = release("emr-7.14.0")
TABLES = {
    "health.state_month": Table(
        name="health.state_month",
        write="replace",
        columns={"state": Column(type="string", required=True), "month": Column(type="date")},
    ),
    "health.other": Table(
        name="health.other", write="replace", columns={"id": Column(type="long")}
    ),
}


@pytest.fixture
def job(tmp_path):
    folder = tmp_path / "project" / "spark_jobs" / "beds"
    folder.mkdir(parents=True)
    (folder / "job.toml").write_text('team = "health"\n')
    (folder / "main.py").write_text("import sparkjob\n")
    return Job(
        folder=folder,
        team="health",
        outputs={"state_month": Output(table="health.state_month")},
        secrets={"api": "hhs/key"},
    )


@pytest.fixture
def package(tmp_path):
    said = []

    def package(job, **more):
        return package_job(
            job,
            **{"tables": TABLES, "release": RELEASE, **more},
            spark_jobs=job.folder.parent,
            cache=tmp_path / "cache",
            progress=said.append,
        )

    package.said = said
    return package


def test_a_job_without_packages_ships_its_code_alone(job, package):
    made = package(job)

    assert made.entry_point.path.read_text() == "import sparkjob\n"
    assert made.entry_point.path.suffix == ".py"
    assert made.code.path.suffix == ".zip"
    assert (made.environment, made.jars) == (None, ())
    assert package.said == []


def test_the_code_carries_the_contracts_of_the_jobs_own_outputs(job, package):
    with zipfile.ZipFile(package(job).code.path) as code:
        document = json.loads(code.read("sparkjob/contracts.json"))

    assert document["job"] == "beds"
    assert list(document["outputs"]) == ["state_month"]
    assert document["outputs"]["state_month"]["name"] == "health.state_month"
    assert list(document["outputs"]["state_month"]["columns"]) == ["state", "month"]
    assert document["secrets"] == {"api": "hhs/key"}


def test_contracts_are_the_same_text_each_time(job):
    assert contracts_json(job, TABLES) == contracts_json(job, dict(reversed(TABLES.items())))


def test_sparkjob_reads_the_contracts_that_it_is_given(job):
    contracts = pytest.importorskip("sparkjob.contracts")

    read = contracts.parse_contracts(json.loads(contracts_json(job, TABLES)))

    assert read.outputs["state_month"].name == "health.state_month"
    assert [each.name for each in read.outputs["state_month"].columns] == ["state", "month"]


def test_packages_make_an_archive_for_the_jobs_architecture(job, package, shelf):
    wheel = shelf.wheel("one")
    (job.folder / "requirements.txt").write_text(shelf.line(wheel))
    on_arm = job.model_copy(update={"spark": Spark(architecture="arm64")})

    x86, arm = package(job).environment, package(on_arm).environment

    assert x86.sha256 != arm.sha256
    assert package.said == [
        f"spark_jobs/beds/requirements.txt: fetching 1 wheel for CPython 3.11 on Linux {each}, "
        "glibc 2.34"
        for each in ("x86_64", "arm64")
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", f"pyspark==3.5.8 --hash=sha256:{'a' * 64}\n"])
def test_a_lock_of_nothing_makes_no_archive(job, package, text):
    (job.folder / "requirements.txt").write_text(text)

    assert package(job).environment is None


def test_a_change_of_code_leaves_the_archive_alone(job, package, shelf):
    (job.folder / "requirements.txt").write_text(shelf.line(shelf.wheel("one")))
    before = package(job)
    (job.folder / "main.py").write_text("import sparkjob  # changed\n")

    after = package(job)

    assert after.environment == before.environment
    assert after.code != before.code
    assert after.entry_point != before.entry_point


def test_all_that_is_wrong_is_said_at_once_with_paths_from_the_project(job, package):
    (job.folder / "main.py").unlink()
    (job.folder / "requirements.txt").write_text("pandas\n")
    (job.folder / "jars.lock.json").write_text("nonsense")

    with pytest.raises(PackagingError) as caught:
        package(job, tables={"health.state_mont": TABLES["health.other"]})

    message = str(caught.value)
    assert "spark_jobs/beds/main.py\n    does not exist" in message
    assert "spark_jobs/beds/requirements.txt:1  pandas" in message
    assert "spark_jobs/beds/jars.lock.json:1\n    is not JSON" in message
    assert 'outputs.state_month = { table = "health.state_month" }' in message
    assert 'Did you mean "health.state_mont"?' in message
    assert message.endswith("4 problems. Nothing was packaged.")


def test_a_file_that_cannot_be_read_is_a_sentence(job, package):
    (job.folder / "main.py").unlink()
    (job.folder / "main.py").mkdir()

    with pytest.raises(PackagingError, match=r"main\.py\n    does not exist"):
        package(job)


def test_the_cache_is_where_the_variable_says(job, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKRAIL_CACHE", str(tmp_path / "elsewhere"))

    made = package_job(job, tables=TABLES, release=RELEASE, spark_jobs=job.folder.parent)

    assert made.code.path.is_relative_to(tmp_path / "elsewhere")


@pytest.mark.slow
def test_a_real_lock_is_packaged_for_both_architectures_and_imports(tmp_path, unpack):
    """Needs a package index, or a filled cache of pip."""
    lock = Path(__file__).with_name("real-requirements.txt")

    made = {
        architecture: build_environment(
            read_lock(lock, target=Target(python="3.11", architecture=architecture)),
            cache=tmp_path / "cache",
        )
        for architecture in ("x86_64", "arm64")
    }

    assert made["x86_64"].sha256 != made["arm64"].sha256
    here = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    if Path("/usr/bin/python3.11").exists():
        python = unpack(made[here]) / "bin/python"
        code = "import pydantic_core, sys; print(pydantic_core.__file__.startswith(sys.prefix))"
        assert subprocess.check_output([python, "-c", code], text=True) == "True\n"
