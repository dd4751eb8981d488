"""Mutation tests of the code that writes machines and ledger: the share of mutants killed.

    .venv/bin/python -m benchmarks.mutation [--seconds 3600]

mutmut changes the code of `constructs/sparkrail/workflow` in thousands of small ways and runs the
tests that need neither CDK nor a laptop cloud against each. It wants sources in a folder `src`, so
it works in a copy of the checkout, below `.cache/mutation`; a second call goes on where the first
one stopped. It is installed there too, from `requirements/mutation.txt`. Writes
benchmarks/results/mutation.json, with the names of the survivors.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / ".cache" / "mutation"
RESULTS = ROOT / "benchmarks" / "results" / "mutation.json"
COPIED = ("engine", "stacks", "tests", "config", "tables", "spark_jobs", "app.py", "cdk.json")
AIM = 0.85
SETTINGS = """
[tool.pytest.ini_options]
addopts = ["-q", "-p", "no:sparkjob"]
markers = ["slow: ", "failure_mode(number): "]

[tool.mutmut]
source_paths = ["src/sparkrail/workflow"]
also_copy = ["src", {copied}]
pytest_add_cli_args_test_selection = [
  "tests/sparkrail/test_definitions.py",
  "tests/sparkrail/workflow/test_machine_states.py",
  "tests/sparkrail/workflow/test_retries_get_through.py",
]
"""


def prepare(folder: Path) -> Path:
    """Copy the checkout, its constructs as `src`, and install mutmut; say where mutmut is."""
    project, tools = folder / "project", folder / "tools"
    if not project.exists():
        project.mkdir(parents=True)
        leave = shutil.ignore_patterns("__pycache__", ".sparkrail")
        shutil.copytree(ROOT / "constructs", project / "src", ignore=leave)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, project / name, ignore=leave)
            else:
                shutil.copy(source, project / name)
        copied = ", ".join(f'"{name}"' for name in COPIED)
        (project / "pyproject.toml").write_text(SETTINGS.format(copied=copied))
    if not tools.exists():
        lock = ROOT / "requirements" / "mutation.txt"
        install = ["uv", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*install, "--target", str(tools), "-r", str(lock)], check=True)
    return tools


def mutmut(*words: str, tools: Path, seconds: float | None = None) -> str:
    """Call mutmut in the copy; what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(tools), "CDK_VALIDATION": "false"}
    command = [sys.executable, "-m", "mutmut", *words]
    project = WORK / "project"
    try:
        done = subprocess.run(
            command,
            cwd=project,
            env=environment,
            timeout=seconds,
            capture_output=True,
            text=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def main() -> int:
    """Run, count, print and write; exit 1 below the aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="longest run, in seconds")
    parser.add_argument("--anew", action="store_true", help="begin anew, with the present code")
    asked = parser.parse_args()
    if asked.anew:
        shutil.rmtree(WORK, ignore_errors=True)
    tools = prepare(WORK)
    print(
        "mutating constructs/sparkrail/workflow: some 3,300 mutants, about 20 minutes", flush=True
    )
    mutmut("run", "--max-children", "2", tools=tools, seconds=asked.seconds)
    lines = mutmut("results", "--all", "true", tools=tools).splitlines()
    outcomes = dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line)
    counts = Counter(outcomes.values())
    tried = {name: how for name, how in outcomes.items() if how != "not checked"}
    killed = sum(how in {"killed", "timeout"} for how in tried.values())
    share = killed / len(tried) if tried else 0.0
    print(", ".join(f"{count} {how}" for how, count in sorted(counts.items())))
    print(f"killed: {killed} of {len(tried)}, {share:.1%}; the aim is {AIM:.0%}")
    survivors = sorted(name for name, how in tried.items() if how not in {"killed", "timeout"})
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    result = {"counts": counts, "killed_share": round(share, 4), "survivors": survivors}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    return 0 if share >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
