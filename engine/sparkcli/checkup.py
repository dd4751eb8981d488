"""What this computer has of what sparkrail needs, each lack with the command that mends it."""

import json
import platform
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sparkcli.processes import node_of_venv

OLDEST_PYTHON, NEWEST_TRIED_PYTHON = (3, 11), (3, 13)
NODE_MAJORS = (22, 24)
DEFAULT_PORT = 5566
GIB = 1024**3
NEEDED_GIB, COMFORTABLE_GIB = 1, 5
SETUP = "make setup"
State = Literal["ok", "note", "missing"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        what: Its name.
        state: ok; note (works, but read on); missing (something will fail).
        found: What is there.
        fix: The command or the step that mends it. Default: nothing to mend.
    """

    what: str
    state: State
    found: str
    fix: str = ""


def examine(root: Path, spark_lines: frozenset[str], *, port: int | None = None) -> list[Finding]:
    """Look at everything, in the order in which things are needed.

    Args:
        root: The project folder.
        spark_lines: Lines of Spark that the project's jobs need, such as "3.5".
        port: Port of the laptop cloud that is up. Default: none is.
    """
    return [
        _python(),
        _platform(),
        _java(),
        _node(),
        *_spark(spark_lines),
        _disk(root),
        _port(port),
        _cdk(root),
    ]


def _python() -> Finding:
    version = sys.version_info[:2]
    found = f"{platform.python_version()} at {sys.executable}"
    if version < OLDEST_PYTHON:
        return Finding(
            "Python", "missing", found, "install Python 3.11 or later, then: make setup PYTHON=..."
        )
    if version > NEWEST_TRIED_PYTHON:
        newest = ".".join(map(str, NEWEST_TRIED_PYTHON))
        return Finding("Python", "note", f"{found}; tried up to {newest}")
    base = Path(sysconfig.get_config_var("BINDIR") or sys.base_prefix)
    if base != Path("/usr/bin"):
        # EMR's archives start /usr/bin/python3.x; the laptop rebuilds them for what is here.
        found += f"; comes from {base}, so the laptop gives each job's packages this interpreter"
    return Finding("Python", "ok", found)


def _platform() -> Finding:
    system, machine = platform.system(), platform.machine()
    found = f"{system} {machine}"
    if system not in ("Linux", "Darwin"):
        return Finding("Platform", "missing", found, "use Linux, macOS, or Linux inside WSL 2")
    if (system, machine) != ("Linux", "x86_64"):
        found += (
            "; packages for AWS are still built for the target, the laptop uses a build of the "
            "same lock for itself"
        )
    return Finding("Platform", "ok", found)


def _java() -> Finding:
    from sparklaptop import LaptopError, tools  # noqa: PLC0415

    try:
        return Finding("Java 17", "ok", str(tools.java_home()))
    except LaptopError as error:
        return Finding("Java 17", "missing", error.message, error.next_command or SETUP)


def _node() -> Finding:
    node = node_of_venv() or shutil.which("node")
    if node is None:
        return Finding("Node 22 or 24", "missing", "none", SETUP)
    version = _version_of(str(node))
    found = f"{version or 'does not start'} at {node}"
    major = int(version.split(".")[0]) if version else 0
    if major in NODE_MAJORS:
        return Finding("Node 22 or 24", "ok", found)
    if major > min(NODE_MAJORS):
        return Finding("Node 22 or 24", "note", f"{found}; not tried with the CDK")
    end = "; 20 is past its end of life" if major == min(NODE_MAJORS) - 2 else ""
    return Finding("Node 22 or 24", "missing", found + end, SETUP)


def _version_of(program: str) -> str | None:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\d+(\.\d+)+", done.stdout)
    return match[0] if done.returncode == 0 and match else None


def _spark(lines: frozenset[str]) -> Iterator[Finding]:
    from sparklaptop import LaptopError, tools  # noqa: PLC0415

    for line in sorted(lines):
        try:
            yield Finding(f"Spark {line}", "ok", str(tools.spark_home(line)))
            jars = tools.jars(line)
            yield Finding(f"Jars of Spark {line}", "ok", f"{len(jars)} in {jars[0].parent}")
        except LaptopError as error:
            yield Finding(f"Spark {line}", "missing", error.message, error.next_command or SETUP)


def _disk(root: Path) -> Finding:
    free = shutil.disk_usage(root).free / GIB
    found = f"{free:.1f} GiB free at {root}"
    if free < NEEDED_GIB:
        return Finding("Disk", "missing", found, f"free at least {NEEDED_GIB} GiB")
    if free < COMFORTABLE_GIB:
        return Finding("Disk", "note", f"{found}; a few large runs may fill it")
    return Finding("Disk", "ok", found)


def _port(used: int | None) -> Finding:
    if used is not None:
        return Finding("Port", "ok", f"{used}, used by the laptop cloud")
    with socket.socket() as probe:
        # As servers do, or a port that was just left would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", DEFAULT_PORT))
        except OSError:
            return Finding("Port", "note", f"{DEFAULT_PORT} is taken; `up` takes the next free one")
    return Finding("Port", "ok", f"{DEFAULT_PORT} is free")


def _cdk(root: Path) -> Finding:
    """The CDK CLI is only needed for `cdk diff` and `cdk deploy`, so its absence is a note."""
    pinned = _json(root / "package.json").get("devDependencies", {}).get("aws-cdk")
    if not pinned or not pinned[0].isdigit():
        return Finding("CDK CLI", "note", "package.json does not pin aws-cdk to one version")
    installed = _json(root / "node_modules" / "aws-cdk" / "package.json").get("version")
    if installed == pinned:
        return Finding("CDK CLI", "ok", f"{pinned}, as pinned in package.json")
    found = f"{installed or 'not installed'}, pinned is {pinned}; needed to deploy to AWS only"
    return Finding("CDK CLI", "note", found, "make synth")


def _json(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return loaded
