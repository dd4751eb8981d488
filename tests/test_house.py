"""The layout, the locks and the rules that no tool checks by itself."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCKS = [
    "requirements.txt",
    "requirements-dev.txt",
    *(f"requirements/{n}.txt" for n in ("uv", "java", "node")),
]


def tracked() -> list[Path]:
    """The files git keeps or would keep; outside a checkout, nothing can be said."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [f for name in listed.stdout.splitlines() if (f := ROOT / name).is_file()]


def test_the_constructs_folder_is_never_a_package():
    assert not (ROOT / "constructs" / "__init__.py").exists()

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import constructs, sparkrail; print(constructs.Construct.__module__)",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("constructs")


def locked(lock: str) -> dict[str, str]:
    found = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE
    )
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_hold_what_pyproject_asks_for(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    if lock == "requirements-dev.txt":
        wanted += [r for extra in project["optional-dependencies"].values() for r in extra]
    have = locked(lock)

    for requirement in map(Requirement, wanted):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in have, f"{requirement} is not in {lock}: make lock"
        assert requirement.specifier.contains(have[name]), (
            f"{lock} has {name} {have[name]}: make lock"
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_hash_pinned(lock):
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text())
    packages = [b for b in blocks if re.match(r"[A-Za-z0-9._-]+(\[[^]]*\])?==", b)]

    assert packages
    assert [b.splitlines()[0] for b in packages if "--hash=sha256:" not in b] == []


def test_both_locks_agree():
    runtime, everything = locked("requirements.txt"), locked("requirements-dev.txt")

    assert {n: v for n, v in runtime.items() if everything.get(n) != v} == {}


def test_no_file_names_a_registry_or_a_path_of_one_computer():
    hosts = re.compile(
        r"https?://[a-z0-9.-]*("
        + "|".join(["pypi", "pythonhosted", "npmjs", "maven", "sonatype"])
        + r")\.",
    )
    home = re.compile(r"(^|[\s\"'=:(])/(root|home/[a-z]+|Users/[a-z]+|work)/")
    found = []
    for file in tracked():
        if file.suffix in {".csv", ".png", ".gz"} or file.name == "LICENSE":
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if hosts.search(line) or home.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number} {line.strip()[:80]}")

    assert found == []


def test_stacks_are_tables_of_contents():
    long = {
        f.name: n
        for f in (ROOT / "stacks").glob("*.py")
        if (n := len(f.read_text().splitlines())) > 80
    }

    assert long == {}
    assert len((ROOT / "app.py").read_text().splitlines()) <= 40


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(), str(file))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {
        n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 0
    }
    return {name.partition(".")[0] for name in names}


def test_jobs_import_spark_their_own_packages_and_sparkjob():
    jobs = ROOT / "spark_jobs"
    shared = {p.name for p in jobs.iterdir() if (p / "__init__.py").exists()}
    strangers = {}
    for file in jobs.rglob("*.py"):
        job = jobs / file.relative_to(jobs).parts[0]
        if "tests" in file.parts or file.name == "extend.py" or (job / "requirements.txt").exists():
            continue
        allowed = {"pyspark", "sparkjob", *shared, *sys.stdlib_module_names}
        if unknown := imported(file) - allowed:
            strangers[str(file.relative_to(ROOT))] = sorted(unknown)

    assert strangers == {}


def test_the_cdk_cli_is_pinned():
    assert '"aws-cdk": "2.1148.1"' in (ROOT / "package.json").read_text()
