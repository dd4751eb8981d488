"""The same project gives the same bytes, wherever and whenever it is synthesized."""

import hashlib
import os
import shutil
import subprocess
import sys

import pytest

COPIED = ("app.py", "cdk.json", "config", "spark_jobs", "stacks", "tables", "topics")


def copy(root, target):
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(
                root / name, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        else:
            shutil.copy(root / name, target / name)


def synthesize(folder, *, zone, outdir):
    surroundings = {**os.environ, "TZ": zone, "CDK_OUTDIR": str(outdir), "PYTHONHASHSEED": "random"}
    subprocess.run([sys.executable, "app.py"], cwd=folder, env=surroundings, check=True)
    return {
        str(file.relative_to(outdir)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(outdir.rglob("*"))
        if file.is_file()
    }


@pytest.mark.slow
def test_two_folders_and_two_time_zones_give_the_same_bytes(root, tmp_path):
    here, there = tmp_path / "here", tmp_path / "a much longer path" / "there"
    here.mkdir()
    there.mkdir(parents=True)
    copy(root, here)
    copy(root, there)

    first = synthesize(here, zone="America/Lima", outdir=tmp_path / "1")
    second = synthesize(there, zone="Pacific/Kiritimati", outdir=tmp_path / "2")

    assert first == second
    assert len(first) > 10


def test_no_file_of_the_assembly_names_a_path_of_this_computer(root, assembly):
    for file in assembly.rglob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert str(root) not in text, file
        assert str(assembly) not in text, file
