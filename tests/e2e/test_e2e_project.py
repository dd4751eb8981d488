"""The same templates elsewhere: prod's run on the laptop, a new job comes and goes."""

import shutil
import subprocess
import sys

import pytest
from e2e_checkout import HOSPITAL, write_export

pytestmark = pytest.mark.slow


def templates(project):
    """Every file that synth makes of every environment, by path."""
    out = project.root / "cdk.out"
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([sys.executable, "app.py"], cwd=project.root, check=True)
    return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_prods_templates_run_the_job_on_the_laptop(fresh, tmp_path):
    file = write_export(tmp_path / "export.csv", 100)

    try:
        ended = fresh.sparkrail("run", HOSPITAL, "--input", file, "--env", "laptop:prod")
        stacks = fresh.client("cloudformation", "prod").describe_stacks()["Stacks"]
        rows = fresh.rows("SELECT state FROM health.state_month", env="laptop:prod")
    finally:
        fresh.sparkrail("down", "--env", "laptop:prod")

    assert ended.code == 0, ended.err
    assert {stack["StackName"] for stack in stacks} == {
        f"sparkrail-prod-{part}"
        for part in (
            *("base", "control", "lake", "network", "kafka"),
            *("jobs-health-0", "jobs-sales-0"),
        )
    }
    assert sorted(row["state"] for row in rows) == ["ID", "MT", "WA"]


def test_a_new_job_comes_and_goes_without_a_trace(fresh):
    before = templates(fresh)

    made = fresh.sparkrail("new", "job", "items_daily", "--team", "health")
    checked = fresh.sparkrail("check")
    with_it = templates(fresh)
    shutil.rmtree(fresh.root / "spark_jobs/items_daily")
    (fresh.root / "tables/health/items_daily.toml").unlink()

    assert made.code == checked.code == 0
    assert any(b"items_daily" in content for content in with_it.values())
    assert templates(fresh) == before
