"""A failed run says why, in the job's own words."""

from types import SimpleNamespace

import pytest

from sparklaptop.emrserverless.last_words import last_words

PYTHON = """26/11/21 09:00:00 INFO SparkContext: Running Spark
Traceback (most recent call last):
  File "/x/main.py", line 3, in <module>
    raise ValueError("the file is empty")
ValueError: the file is empty
"""
JAVA = """Traceback (most recent call last):
  File "/x/main.py", line 3, in <module>
    frame.write.save()
py4j.protocol.Py4JJavaError: An error occurred while calling o50.save.
: java.io.IOException: No space left on device
\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
\tat x.y.z
"""


@pytest.fixture
def ended(tmp_path):
    def do(stdout="", stderr="", code=1):
        (tmp_path / "stdout").write_text(stdout)
        (tmp_path / "stderr").write_text(stderr)
        return last_words(tmp_path, code)

    return do


def test_a_python_error_on_stdout(ended):
    assert ended(stdout=PYTHON, stderr="26/11/21 INFO ShutdownHookManager: x\n") == (
        "ValueError: the file is empty"
    )


def test_a_java_error_keeps_its_cause_and_leaves_its_stack(ended):
    words = ended(stderr=JAVA)

    assert "No space left on device" in words
    assert "\tat " not in words


def test_an_error_of_spark_submit_itself(ended):
    words = ended(
        stderr="INFO x\nException in thread main org.apache.spark.SparkException: no s3\n"
    )

    assert "SparkException" in words or "no s3" in words


def test_what_the_job_says_of_a_spark_that_did_not_start_counts_more_than_its_shutdown(ended):
    words = ended(
        stdout="Spark did not start: The disk is full.\nMake room.\nNext: sparkrail doctor\n",
        stderr="java.io.IOException: x\nCaused by: java.lang.NullPointerException: y\n",
    )

    assert words == "Spark did not start: The disk is full."


@pytest.mark.parametrize("free_bytes", [0, 4096])
def test_a_full_disk_is_named_whatever_could_still_be_written(ended, monkeypatch, free_bytes):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free_bytes))

    assert "is full" in ended(code=1)
    assert "is full" in ended(stdout=PYTHON)


def test_a_killed_driver_says_so_first(ended):
    assert ended(stdout=PYTHON, code=-9).startswith("The driver's process was killed (SIGKILL)")


def test_silence_still_says_something(ended):
    assert ended(code=7) == "The driver ended with exit code 7."


def test_the_last_of_several_errors_counts(ended):
    assert ended(stdout=PYTHON + PYTHON.replace("empty", "gone")) == "ValueError: the file is gone"
