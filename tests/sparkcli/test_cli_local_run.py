"""What a local run of main.py takes from the deployed job, and that it leaves no process."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from sparkcli.deployed import read_definition, static_arguments
from sparkcli.errors import OperationError
from sparkcli.launch_file import write_launch_file
from sparkcli.local_settings import submit_options
from sparkcli.processes import descendants

ARGUMENTS = (
    "States.Array('--job', 'sales', '--input', 'tills=s3://raw/tills/', '--parameter', "
    r"'sign=it\'s (a, b)', '--run-key', $.key, '--generation', "
    "States.Format('{}', $.generation), '--overrides', States.JsonToString($.overrides))"
)
DEFINITION = json.dumps(
    {
        "States": {
            "Claim": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:x"},
            "Run": {
                "Type": "Task",
                "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
                "Parameters": {
                    "ApplicationId": "00f1",
                    "ExecutionRoleArn": "arn:role",
                    "JobDriver": {
                        "SparkSubmit": {
                            "EntryPoint": "s3://assets/main.py",
                            "EntryPointArguments.$": ARGUMENTS,
                            "SparkSubmitParameters": "--conf a=1",
                        }
                    },
                },
            },
        }
    }
)


def test_arguments_of_every_run_stand_before_the_run_key():
    assert static_arguments(ARGUMENTS) == (
        "--job",
        "sales",
        "--input",
        "tills=s3://raw/tills/",
        "--parameter",
        "sign=it's (a, b)",
    )


def test_a_request_is_that_of_the_machine_with_other_arguments():
    request = read_definition(DEFINITION, "sales").request(("--job", "sales"))

    assert request["applicationId"] == "00f1"
    submit = request["jobDriver"]["sparkSubmit"]
    assert submit["entryPointArguments"] == ["--job", "sales"]
    assert submit["sparkSubmitParameters"] == "--conf a=1"


def test_a_machine_without_a_spark_run_is_said():
    with pytest.raises(OperationError, match="another version of sparkrail"):
        read_definition('{"States": {"Only": {"Type": "Pass"}}}', "sales")


def test_code_comes_from_the_work_tree_and_settings_from_the_deploy():
    argv = ["spark-submit", "--master", "local[2]", "--py-files", "s3://a.zip"]
    argv += ["--conf", "spark.x=a b", "s3://assets/main.py", "--job", "sales"]

    assert submit_options(argv) == ["--master", "local[2]", "--conf", "spark.x=a b"]


def test_the_launch_file_is_written_once(tmp_path):
    written = write_launch_file(tmp_path, "sales")
    kinds = [one["request"] for one in json.loads(written.read_text())["configurations"]]
    written.write_text("{}")

    assert kinds == ["attach", "launch"]
    assert write_launch_file(tmp_path, "sales") is None
    assert written.read_text() == "{}"


def test_ctrl_c_ends_a_foreground_child_and_its_children(tmp_path):
    pids = tmp_path / "pids"
    child = (
        "import os, pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(pids)!r}).write_text(f'{{os.getpid()}} {{other.pid}}')\n"
        "time.sleep(60)\n"
    )
    parent = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from sparkcli import processes\n"
        f"processes.run_in_foreground([sys.executable, '-c', {child!r}],"
        " cwd=Path('.'), environment=os.environ, to_stderr=True)\n"
    )
    command = subprocess.Popen([sys.executable, "-c", parent], stderr=subprocess.DEVNULL)
    _wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    family = [int(pid) for pid in pids.read_text().split()]
    assert descendants(command.pid) == family

    command.send_signal(signal.SIGINT)
    command.wait(10)

    _wait_for(lambda: not any(_alive(pid) for pid in family))


def _wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
