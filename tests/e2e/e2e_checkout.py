"""A copy of the project, with four more jobs if wanted, and its commands."""

import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import boto3

ROOT = Path(__file__).parents[2]
JOBS = Path(__file__).parent / "project"
PARTS = ("app.py", "cdk.json", "config", "spark_jobs", "stacks", "tables", "topics")
WAIT_SECONDS = 120
HOSPITAL = "hospital_utilization"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


class Checkout:
    """A project folder and what can be done with it on the command line.

    Args:
        root: The folder.
    """

    def __init__(self, root):
        self.root = root
        self.offline = None

    def begin(self, *words, **environment):
        """Start a command in a session of its own and do not wait for it."""
        return subprocess.Popen(
            [Path(sys.executable).with_name("sparkrail"), *map(str, words)],
            env={**os.environ, "SPARKRAIL_PROJECT": str(self.root), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def sparkrail(self, *words, **environment):
        """Run a command to its end; none may ever show a traceback."""
        process = self.begin(*words, "--json", **environment)
        out, err = process.communicate(timeout=WAIT_SECONDS * 2)
        assert "Traceback" not in out + err, out + err
        return Ended(process.returncode, out, err)

    def rows(self, sql, env="laptop"):
        """What a query answers."""
        return self.sparkrail("query", sql, "--env", env).document

    def run_row(self, name, env="laptop"):
        """A run as the ledger knows it."""
        return self.sparkrail("runs", name, "--env", env).document

    def state(self, environment="dev"):
        """The folder of a laptop cloud."""
        return self.root / ".sparkrail" / "laptop" / environment

    def client(self, service, environment="dev"):
        """A boto3 client of a laptop cloud."""
        there = json.loads((self.state(environment) / "cloud.json").read_text())
        return boto3.client(
            service,
            endpoint_url=there["endpoint"],
            region_name=there["region"],
            aws_access_key_id="laptop",
            aws_secret_access_key="laptop",
        )

    def lock_of(self, job):
        """The ledger's lock of a job, or None."""
        table = self.client("dynamodb").list_tables()["TableNames"][0]
        key = {"pk": {"S": f"job#{job}"}, "sk": {"S": "lock"}}
        return self.client("dynamodb").get_item(TableName=table, Key=key).get("Item")

    def job_runs(self, job):
        """The requests with which EMR Serverless was asked to run a job, oldest first."""
        found = [json.loads(path.read_text()) for path in self.state().glob("runs/*/command.json")]
        return [each["request"] for each in found if each["request"]["name"].startswith(f"{job}/")]

    def snapshot(self, table, environment="dev"):
        """The metadata that a table of the catalog points at: another one after each change."""
        database, name = table.split(".")
        found = self.client("glue", environment).get_table(
            DatabaseName=f"sparkrail_{environment}_{database}", Name=name
        )
        return found["Table"]["Parameters"]["metadata_location"]

    def processes(self):
        """Every process that works for this folder, the commands' children too: {pid: command}."""
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,stat=,args="],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        alive = {int(pid): args[0] for pid, state, *args in rows if args and state[0] != "Z"}
        return {
            pid: args
            for pid, args in alive.items()
            if str(self.root) in args or self._is_told_to(pid)
        }

    def _is_told_to(self, pid):
        """Whether a process has this folder in its environment; only Linux says."""
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
        return f"SPARKRAIL_PROJECT={self.root}".encode() in environment.split(b"\0")


def copied(folder, *, more_jobs=False):
    """A copy of the project, to break and to change."""
    root = folder / "project"
    root.mkdir(parents=True)
    for part in PARTS:
        _copy(ROOT / part, root / part)
    if more_jobs:
        for part in ("spark_jobs", "tables"):
            _copy(JOBS / part, root / part)
        _raise_quotas(root / "config")
    return Checkout(root)


def _raise_quotas(config):
    """Make room for the jobs of the tests: one of them is of another release."""
    for file in config.glob("*.toml"):
        text = re.sub(r"(\[quotas\]\nvcpu = )\d+", r"\g<1>400", file.read_text())
        file.write_text(text)


def _copy(source, target):
    if source.is_file():
        shutil.copy(source, target)
        return
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=ignored)


def wait_for(condition, seconds=WAIT_SECONDS):
    """The first true answer of `condition`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


def end(process):
    """End a command of a test and its children, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def write_export(path, rows, *, unreadable=0):
    """Write an export of hospital data, some of its dates being what nobody can read."""
    column = "inpatient_beds_utilization"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["state", "date", f"{column}_numerator", f"{column}_denominator"])
        for number in range(rows):
            day = "soon" if number < unreadable else f"2021/12/{number % 28 + 1:02}"
            writer.writerow([("ID", "MT", "WA")[number % 3], day, number % 90, 100])
    return path
