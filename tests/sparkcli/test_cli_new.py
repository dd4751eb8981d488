"""`new job` makes a job that is green at once, or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _files(root):
    kept = (path for path in root.rglob("*") if path.is_file() and ".sparkrail" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in kept}


def test_a_new_job_is_valid_in_every_environment(sparkrail):
    made = sparkrail("new", "job", "items_daily", "--json")
    checked = sparkrail("check", "items_daily", "--env", "laptop:prod", "--json")

    assert made.code == 0
    assert made.document["table"] == "shop.items_daily"
    assert checked.document["jobs"][0]["outputs"] == {"daily": "shop.items_daily"}


def test_a_new_job_changes_no_other_file(sparkrail, project):
    before = _files(project)

    made = sparkrail("new", "job", "items_daily", "--json").document["files"]

    after = _files(project)
    assert {name for name in after if before.get(name) != after[name]} == set(made)


def test_code_of_a_new_job_passes_the_projects_own_checks(sparkrail, project):
    sparkrail("new", "job", "items_daily")
    (project / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())

    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "spark_jobs/items_daily"],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_a_job_that_does_not_fit_leaves_nothing(sparkrail, project):
    config = project / "config/dev.toml"
    config.write_text(config.read_text().replace("= 64", "= 3").replace("= 2\n", "= 1\n"))
    before = _files(project)

    ended = sparkrail("new", "job", "items_daily")

    assert ended.code == 2
    assert _files(project) == before
    assert not (project / "spark_jobs/items_daily").exists()


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_half_done_work_is_undone(sparkrail, project, monkeypatch, fault):
    snapshots = project / "tests/snapshots"
    snapshots.mkdir(parents=True)
    (snapshots / "dev.json").write_text("{}")
    before = _files(project)

    def broken(root, _name):
        (root / "tests/snapshots/dev.json").write_text("{half")
        (root / "tests/snapshots/other.json").write_text("{half")
        raise fault

    monkeypatch.setattr("sparkcli.commands.new._snapshots", broken)

    ended = sparkrail("new", "job", "items_daily")

    assert ended.code in (1, 130)
    assert _files(project) == before
    assert not (project / "tables/shop/items_daily.toml").exists()


@pytest.mark.slow
def test_tests_of_a_new_job_are_green(sparkrail, project):
    sparkrail("new", "job", "items_daily")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "spark_jobs/items_daily"],
        cwd=project,
        env=_environment(project),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def _environment(project):
    import os

    return {**os.environ, "PYTHONPATH": str(project / "spark_jobs")}


def test_a_new_stream_has_the_contract_of_its_topic(sparkrail, clicks):
    made = sparkrail("new", "job", "roof_readings", "--streaming", "--json")
    checked = sparkrail("check", "--json").document

    assert made.code == 0, made.err
    assert made.document["topic"] == "roof_readings"
    assert "topics/roof_readings.toml" in made.document["files"]
    assert "roof_readings" in {topic["topic"] for topic in checked["topics"]}
    (job,) = (job for job in checked["jobs"] if job["job"] == "roof_readings")
    assert job["inputs"] == {"readings": "topic roof_readings"}


def test_code_of_a_new_stream_passes_the_projects_own_checks(sparkrail, clicks):
    sparkrail("new", "job", "roof_readings", "--streaming")
    (clicks / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())

    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "spark_jobs/roof_readings"],
            cwd=clicks,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_tests_of_a_new_stream_are_green(sparkrail, clicks):
    sparkrail("new", "job", "roof_readings", "--streaming")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "spark_jobs/roof_readings"],
        cwd=clicks,
        env=_environment(clicks),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
