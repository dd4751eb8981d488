"""Bad input is answered in sentences, with exit code 2, and nothing is synthesized."""

import os
import shutil
import subprocess
import sys

import pytest

COPIED = ("app.py", "cdk.json", "config", "spark_jobs", "stacks", "tables", "topics")


@pytest.fixture
def copy(root, tmp_path):
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, tmp_path / name)
        else:
            shutil.copy(root / name, tmp_path / name)
    return tmp_path


def synth(folder, **variables):
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        env={**os.environ, **variables, "CDK_OUTDIR": str(folder / "out")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_misspelt_key_names_file_and_line(copy):
    manifest = copy / "spark_jobs" / "hospital_utilization" / "job.toml"
    manifest.write_text(manifest.read_text().replace("max_executors", "max_executers"))

    code, said = synth(copy)

    assert code == 2
    assert "spark_jobs/hospital_utilization/job.toml:" in said
    assert 'Did you mean "max_executors"?' in said
    assert "Traceback" not in said
    assert not (copy / "out" / "manifest.json").exists()


def test_an_unknown_environment_is_named_with_those_that_are_known(copy):
    code, said = synth(copy, SPARKRAIL_ENVIRONMENT="prd")

    assert code == 2
    assert "config/prd.toml" in said
    assert 'Did you mean "prod"?' in said
    assert "Traceback" not in said


def test_a_missing_entry_file_is_said_without_a_traceback(copy):
    (copy / "spark_jobs" / "hospital_utilization" / "main.py").unlink()

    code, said = synth(copy)

    assert code == 2
    assert "main.py" in said
    assert "Traceback" not in said
