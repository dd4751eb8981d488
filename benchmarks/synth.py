"""Synth of 1, 10, 50 and 200 jobs beside Data Solutions Framework on AWS, in one run.

    .venv/bin/python benchmarks/synth.py [--repeat 3]

Both sides get what they need for a job with role, state machine and trigger: ours from manifests,
code packaged and published as assets; theirs from raw entry points, because their packaging needs
Docker. Validation of templates is off on both sides, both run on the same Node.js, and runs
alternate, so that a busy computer is busy for both. Writes benchmarks/results/synth.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from sparkrail.node import choose_node

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "synth.json"
RIVAL = ("aws-cdk-lib==2.275.0", "cdklabs.aws-data-solutions-framework==1.21.3")
COUNTS = (1, 10, 50, 200)

CONFIG = """
project = "bench"
account = "111111111111"
region = "us-east-1"
[teams.bench]
max_vcpu = 200
concurrent_runs = 2
[quotas]
vcpu = 1000
"""

MANIFEST = """
format = 1
team = "bench"
trigger = {{ cron = "0 1 * * ? *" }}
inputs = {{ rows = {{ path = "raw/{name}/" }} }}
outputs = {{ rows = {{ table = "bench.{name}" }} }}
"""

CONTRACT = """
format = 1
write = "replace"
[columns]
id = { type = "long" }
"""

MAIN = "import sparkjob\n\n\ndef main(run):\n    run.write('rows', run.read_csv('rows'))\n"

RIVAL_APP = """
import sys
import aws_cdk as cdk
from aws_cdk import aws_emrserverless as emr, aws_events as events, aws_iam as iam, aws_s3 as s3
from cdklabs.aws_data_solutions_framework import processing

PER_STACK = 40
app = cdk.App(
    outdir=sys.argv[2], analytics_reporting=False, builtin_cloud_formation_validation=False
)
for index in range(int(sys.argv[1])):
    if index % PER_STACK == 0:
        environment = cdk.Environment(account="111111111111", region="us-east-1")
        stack = cdk.Stack(app, f"Jobs{index // PER_STACK}", env=environment)
        application = emr.CfnApplication(stack, "App", release_label="emr-7.5.0", type="SPARK")
    files = iam.PolicyStatement(
        actions=["s3:GetObject", "s3:PutObject"], resources=[f"arn:aws:s3:::lake/job_{index}/*"]
    )
    table = iam.PolicyStatement(
        actions=["glue:GetTable", "glue:UpdateTable"],
        resources=[f"arn:aws:glue:us-east-1:111111111111:table/bench/job_{index}"],
    )
    role = processing.SparkEmrServerlessRuntime.create_execution_role(
        stack, f"Role{index}", iam.PolicyDocument(statements=[files, table])
    )
    processing.SparkEmrServerlessJob(
        stack,
        f"Job{index}",
        processing.SparkEmrServerlessJobProps(
            name=f"job-{index}",
            application_id=application.attr_application_id,
            execution_role=role,
            spark_submit_entry_point="s3://code/main.py",
            spark_submit_parameters="--conf spark.executor.cores=4",
            schedule=events.Schedule.cron(minute="0", hour="1"),
            s3_log_bucket=s3.Bucket.from_bucket_name(stack, f"Logs{index}", "logs"),
        ),
    )
app.synth()
"""


def make_project(root: Path, jobs: int) -> None:
    """Write a project with so many jobs."""
    (root / "config").mkdir(parents=True)
    (root / "config" / "dev.toml").write_text(CONFIG, encoding="utf-8")
    for index in range(jobs):
        name = f"job_{index:03d}"
        folder, table = root / "spark_jobs" / name, root / "tables" / "bench" / f"{name}.toml"
        folder.mkdir(parents=True)
        table.parent.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / "main.py").write_text(MAIN, encoding="utf-8")
        (folder / "job.toml").write_text(MANIFEST.format(name=name), encoding="utf-8")
        table.write_text(CONTRACT, encoding="utf-8")
    shutil.copytree(ROOT / "stacks", root / "stacks")
    for shared in ("app.py", "cdk.json"):
        shutil.copy(ROOT / shared, root / shared)


def make_rival(folder: Path) -> Path:
    """Install the rival into a virtual environment of its own; say where its Python is."""
    print(f"installing {RIVAL[1]} into a temporary environment (about 500 MB)", flush=True)
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *RIVAL], check=True)
    subprocess.run([python, "-m", "compileall", "-q", folder / "lib"], check=False)
    return python


def seconds(command: list[str | Path], *, cwd: Path, **variables: str) -> float:
    """Run a command and say how long it took, in seconds."""
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, env={**os.environ, **variables}, check=True)
    return time.perf_counter() - started


def measure(count: int, *, rival: Path, folder: Path, repeat: int) -> dict[str, float]:
    """Measure both sides, in turns; the first turn warms the caches and is not counted."""
    project = folder / f"project-{count}"
    make_project(project, count)
    (folder / "rival.py").write_text(RIVAL_APP, encoding="utf-8")
    ours, theirs = [], []
    for turn in range(repeat + 1):
        out = str(folder / f"out-{count}-{turn}")
        mine = seconds([sys.executable, "app.py"], cwd=project, CDK_OUTDIR=f"{out}-ours")
        other = seconds([rival, folder / "rival.py", str(count), f"{out}-theirs"], cwd=folder)
        if turn:
            ours.append(mine)
            theirs.append(other)
    return {"ours": statistics.median(ours), "theirs": statistics.median(theirs)}


def main() -> int:
    """Measure, print and write the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="counted turns, default 3")
    repeat = parser.parse_args().repeat
    choose_node()
    results = {}
    with tempfile.TemporaryDirectory(prefix="sparkrail-bench-") as name:
        folder = Path(name)
        rival = make_rival(folder / "rival")
        print("jobs   sparkrail      DSF    ratio")
        for count in COUNTS:
            found = measure(count, rival=rival, folder=folder, repeat=repeat)
            found["ratio"] = found["ours"] / found["theirs"]
            results[str(count)] = {key: round(value, 3) for key, value in found.items()}
            print(
                f"{count:4d} {found['ours']:9.2f} s {found['theirs']:7.2f} s {found['ratio']:8.2f}",
                flush=True,
            )
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"seconds": results, "repeat": repeat}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
