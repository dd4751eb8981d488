"""What the true loop and the fast loop add to a bare spark-submit of the same job.

    make bench            or: .venv/bin/python -m benchmarks.laptop

In one run on one computer: `sparkrail run`, `sparkrail dev` and the very spark-submit command that
the laptop cloud started, by hand, in turn. The limits (8 s and 2 s more than bare; `up` 15 s warm;
400 MiB for the laptop cloud) are printed beside what was measured; nothing fails by them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sparklaptop import Laptop
from sparkmodel import load_project

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "laptop.json"
JOB = "hospital_utilization"
SAMPLE = ROOT / "spark_jobs" / JOB / "tests" / "data" / "sample.csv"
ROUNDS = 3


def main() -> None:
    """Measure, print the figures beside their limits, write them as JSON."""
    file = Path(os.environ.get("SPARKRAIL_HHS_FILE", SAMPLE)).resolve()
    laptop = _laptop()
    figures = {"file": file.name, "rounds": ROUNDS, "up_seconds": _up()}
    _timed("run", _run(file))
    request, application = _last_request(laptop)
    bare, run, dev = [], [], []
    for number in range(ROUNDS):
        bare.append(_bare(laptop, request, application, f"bench{number}"))
        run.append(_timed(f"run {number}", _run(file)))
        dev.append(_timed(f"dev {number}", [*_sparkrail("dev"), JOB, "--input", str(file)]))
    status = laptop.status()
    figures |= {
        "bare_seconds": statistics.median(bare),
        "run_seconds": statistics.median(run),
        "dev_seconds": statistics.median(dev),
        "laptop_mib": status.rss_mib if status else None,
    }
    _report(figures)


def _laptop() -> Laptop:
    dev = load_project(ROOT).environments["dev"]
    state = ROOT / ".sparkrail" / "laptop" / "dev"
    return Laptop(state, account=dev.account, region=dev.region)


def _sparkrail(command: str) -> list[str]:
    return [str(ROOT / "sparkrail"), command]


def _run(file: Path) -> list[str]:
    return [*_sparkrail("run"), JOB, "--input", str(file), "--json"]


def _timed(what: str, command: list[str]) -> float:
    start = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if done.returncode:
        sys.exit(f"{what} failed:\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}")
    print(f"  {what:<8} {seconds:6.1f} s")
    return seconds


def _up() -> float:
    """Seconds of a start with warm caches."""
    subprocess.run(_sparkrail("down"), cwd=ROOT, capture_output=True, check=False)
    return _timed("up", _sparkrail("up"))


def _last_request(laptop: Laptop) -> tuple[dict[str, object], str]:
    folders = (ROOT / ".sparkrail" / "laptop" / "dev" / "runs").glob("*/command.json")
    latest = max(folders, key=lambda file: file.stat().st_mtime)
    request = json.loads(latest.read_text())["request"]
    return request, str(request["applicationId"])


def _bare(laptop: Laptop, request: dict[str, object], application: str, key: str) -> float:
    """The laptop cloud's own spark-submit command, by hand, under a run key of its own."""
    plan = laptop.plan(request, application)
    argv = list(plan.argv)
    argv[argv.index("--run-key") + 1] = key
    with tempfile.TemporaryDirectory() as folder:
        argv = [a.replace("spark.local.dir=", f"spark.local.dir={folder}") for a in argv]
        start = time.monotonic()
        done = subprocess.run(
            argv,
            cwd=folder,
            env=dict(plan.environment),
            capture_output=True,
            text=True,
            check=False,
        )
    seconds = time.monotonic() - start
    if done.returncode:
        sys.exit(f"bare spark-submit failed:\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}")
    print(f"  {'bare':<8} {seconds:6.1f} s")
    return seconds


def _report(figures: dict[str, object]) -> None:
    bare = float(str(figures["bare_seconds"]))
    for name, limit in (("run", 8), ("dev", 2)):
        seconds = float(str(figures[f"{name}_seconds"]))
        figures[f"{name}_ratio"] = round(seconds / bare, 2)
        added = seconds - bare
        print(
            f"{name}: {seconds:.1f} s, {added:+.1f} s and {seconds / bare:.2f} x bare (+{limit} s)"
        )
    print(f"bare spark-submit: {bare:.1f} s")
    print(f"up, warm: {float(str(figures['up_seconds'])):.1f} s (limit 15 s)")
    print(f"laptop cloud without Spark: {figures['laptop_mib']} MiB (limit 400 MiB)")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"written to {RESULT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
