"""The environment variables of a local run: the laptop's plan, with code from the work tree."""

import hashlib
import os
import re
import shlex
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sparkcli.errors import OperationError
from sparkcli.processes import run_quietly

if TYPE_CHECKING:
    from sparklaptop import Plan
    from sparkmodel import Job

# Options and settings of spark-submit that name what comes from the work tree instead.
CODE_OPTIONS = ("--py-files", "--archives")
CODE_SETTINGS = ("spark.archives=", "spark.pyspark.", "spark.submit.pyFiles=", "spark.ui.")
STEERING = re.compile(r"(PYSPARK|SPARK|PYTHON|AWS)_?[A-Z_]*")
FIRST_UI_PORT, LAST_UI_PORT = 4040, 4140  # Spark's own choice, and how far it looks


def variables(
    plan: "Plan", *, sources: Sequence[Path], contracts: Path, ui_port: int
) -> dict[str, str]:
    """Everything that steers Python, Spark and its connections.

    Args:
        plan: How the laptop would run the job.
        sources: Where imports are looked up.
        contracts: The file of the job's contracts.
        ui_port: Port of the Spark UI.
    """
    python = Path(plan.environment["SPARK_HOME"]) / "python"
    paths = [*sources, python, *sorted((python / "lib").glob("py4j-*.zip"))]
    ui = ("spark.ui.enabled=true", f"spark.ui.port={ui_port}", "spark.ui.showConsoleProgress=false")
    options = [*submit_options(plan.argv), *(word for one in ui for word in ("--conf", one))]
    own = {name: value for name, value in os.environ.items() if not STEERING.fullmatch(name)}
    return {
        **own,
        **_planned(plan.environment),
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": shlex.join([*options, "pyspark-shell"]),
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "SPARKJOB_CONTRACTS": str(contracts),
    }


def _planned(environment: Mapping[str, str]) -> dict[str, str]:
    """What the plan sets, without the terminal and the home of the server it comes from."""
    return {name: value for name, value in environment.items() if STEERING.match(name)} | {
        "JAVA_HOME": environment["JAVA_HOME"]
    }


def submit_options(argv: Sequence[str]) -> list[str]:
    """The options of a spark-submit command that hold for a work tree as well.

    >>> submit_options(["spark-submit", "--py-files", "s3://x.zip", "--conf", "a=1", "main.py"])
    ['--conf', 'a=1']
    """
    kept: list[str] = []
    words = iter(argv[1:])
    for word in words:
        if not word.startswith("--"):
            break
        value = next(words, "")
        if word not in CODE_OPTIONS and not value.startswith(CODE_SETTINGS):
            kept += [word, value]
    return kept


def packages_of(job: "Job") -> list[Path]:
    """A build of the job's lock for this very Python, made once; nothing when it has no lock.

    Raises:
        OperationError: Some package has no build for this Python or computer.
    """
    lock = job.folder / "requirements.txt"
    if not lock.is_file():
        return []
    from sparklaptop import tools  # noqa: PLC0415

    made_of = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = job.folder.parents[1] / ".sparkrail" / "packages" / made_of
    if folder.is_dir():
        return [folder]
    fresh = folder.with_name(f"{made_of}.{os.getpid()}.new")
    install = [str(tools.uv_binary()), "pip", "install", "--quiet", "--python", sys.executable]
    install += ["--target", str(fresh), "--require-hashes", "-r", str(lock)]
    done = run_quietly(install, cwd=job.folder, environment=os.environ)
    if done.returncode != 0:
        raise OperationError(
            f"The packages of {job.name} cannot be installed for this computer's Python:\n"
            f"{done.stderr.strip()}",
            next_command=f"./sparkrail run {job.name}",
        )
    fresh.rename(folder)
    return [folder]


def free_ui_port() -> int:
    """A port that nobody listens on; 0, which means any, when all that Spark tries are taken."""
    for port in range(FIRST_UI_PORT, LAST_UI_PORT):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    return 0
