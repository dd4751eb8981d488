"""When the computer fails the run: a sentence and a next step, no traceback."""

import subprocess
import sys

import pytest

from sparkjob.errors import computer_fault, describe, is_retryable

KILLS_ITS_JVM = """
import os, signal, sparkjob

def main(run):
    os.kill(run.spark.sparkContext._gateway.proc.pid, signal.SIGKILL)
    run.spark.range(3).count()

sparkjob.run(main)
"""


@pytest.mark.slow
def test_a_killed_jvm_ends_the_run_with_a_sentence(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLS_ITS_JVM)

    ended = subprocess.run(
        [sys.executable, str(script), "--output", f"daily={tmp_path}/out"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "The JVM of Spark is gone" in ended.stderr
    assert "Run it again" in ended.stderr
    assert "Traceback (most recent call last)" not in ended.stderr


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device"), "more disk_gb"),
        (
            RuntimeError("x\nCaused by: java.io.IOException: No space left on device"),
            "more disk_gb",
        ),
        (RuntimeError("java.lang.OutOfMemoryError: Java heap space"), "larger spark.size"),
    ],
)
def test_a_full_disk_and_a_full_memory_say_what_helps(error, told):
    assert told in describe(error)
    assert computer_fault(error) == describe(error)
    assert is_retryable(error)


def test_a_refused_connection_of_the_job_is_not_blamed_on_the_jvm():
    assert describe(ConnectionRefusedError(111, "refused")) == "[Errno 111] refused"


def test_a_missing_java_is_no_traceback(tmp_path):
    script = tmp_path / "nothing.py"
    script.write_text("import sparkjob\nsparkjob.run(lambda run: None)\n")

    ended = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "JAVA_HOME": str(tmp_path)},
    )

    assert ended.returncode == 1
    assert "Spark did not start" in ended.stderr
    assert "sparkrail doctor" in ended.stderr
    assert "Traceback" not in ended.stderr
