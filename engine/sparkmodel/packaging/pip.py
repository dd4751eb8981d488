"""Fetches wheels for a foreign target with pip, and says in our words what pip could not find."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

from sparkmodel.packaging.errors import Collected, PackagingError, refusal
from sparkmodel.packaging.lock_origin import compile_command
from sparkmodel.packaging.pins import Lock, Pin
from sparkmodel.packaging.target import Target

_NOT_FOUND = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)==")
_OTHER_PYTHON = re.compile(r"Package '([A-Za-z0-9._-]+)' requires a different Python")
_OTHER_HASH = re.compile(r"DO NOT MATCH THE HASHES.*?\n\s+([A-Za-z0-9._-]+)==", re.DOTALL)
_UNREACHABLE = re.compile(
    r"Retrying \(|Max retries exceeded|Temporary failure in name resolution|Could not fetch URL"
    r"|ConnectTimeoutError|NewConnectionError|Network is unreachable"
)


def download(
    pins: Sequence[Pin], *, lock: Lock, into: Path, problems: Collected
) -> dict[NormalizedName, Path]:
    """Fetch the wheels of packages.

    Args:
        pins: What is wanted.
        lock: Where it is wanted.
        into: An empty folder.
        problems: Is told which packages have no wheel that the lock allows, or what else failed.

    Returns:
        The wheels that could be fetched, by package.
    """
    wanted = {pin.name: pin for pin in pins}
    while wanted:
        run = _run_pip(list(wanted.values()), lock.target, into)
        if run.returncode == 0:
            break
        problems.add(_explained(run.stderr, lock, wanted).problems)
        # pip stops at the first package that it cannot get. People want to hear of all of them.
        if _UNREACHABLE.search(run.stderr) or not wanted.pop(_blamed(run.stderr), None):
            break
    return {parse_wheel_filename(file.name)[0]: file for file in sorted(into.glob("*.whl"))}


def _run_pip(pins: Sequence[Pin], target: Target, into: Path) -> subprocess.CompletedProcess[str]:
    lines = "".join(
        f"{pin.requirement} {' '.join(f'--hash={each}' for each in pin.hashes)}\n" for pin in pins
    )
    requirements = into / "requirements.txt"
    requirements.write_text(lines, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
    command += ["--implementation=cp", f"--python-version={target.python}"]
    command += [f"--abi={abi}" for abi in (target.abi, "abi3", "none")]
    command += [f"--platform={platform}" for platform in target.platforms]
    command += [f"--requirement={requirements}", f"--dest={into}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _blamed(stderr: str) -> NormalizedName:
    matches = (each.search(stderr) for each in (_NOT_FOUND, _OTHER_PYTHON, _OTHER_HASH))
    return next((canonicalize_name(match[1]) for match in matches if match), canonicalize_name(""))


def _explained(stderr: str, lock: Lock, wanted: dict[NormalizedName, Pin]) -> PackagingError:
    pin = wanted.get(_blamed(stderr))
    if "No module named pip" in stderr:
        return refusal(lock.name, "needs pip to fetch wheels: uv pip install pip")
    if "No space left on device" in stderr:
        return refusal(lock.name, "cannot be fetched: the disk is full. Free some space (df -h).")
    if _UNREACHABLE.search(stderr):
        return refusal(
            lock.name,
            f"needs packages that are not in the cache, and pip does not reach its index: "
            f"{_last_words(stderr)}. See pip config list, or try again with network.",
        )
    if pin and _OTHER_HASH.search(stderr):
        return refusal(
            lock.name,
            "the index offers a file whose sha256 is not in the lock; it is not taken. If the lock "
            f"is old, make it anew and look at the difference: {_renewed(pin, lock)}",
            line=pin.line,
            key=pin.requirement,
        )
    if pin:
        return refusal(lock.name, no_wheel(pin, lock), line=pin.line, key=pin.requirement)
    return refusal(lock.name, f"pip could not fetch the packages: {_last_words(stderr)}")


def no_wheel(pin: Pin, lock: Lock) -> str:
    """What to tell people whose package has no wheel for the target: three ways out."""
    exact = compile_command(lock.name, lock.target, exact=True)
    return (
        f"has no wheel for {lock.target}, among the files that the lock allows. Three ways out:\n"
        f"    1. take a version that has one: {exact}\n"
        f"    2. if it is pure Python, build its wheel once and let pip and uv find it:\n"
        f"       pip wheel --no-deps --wheel-dir wheels {pin.requirement}"
        f" && export PIP_FIND_LINKS=$PWD/wheels UV_FIND_LINKS=$PWD/wheels"
        f" && {_renewed(pin, lock)}\n"
        f"    3. if it is small, copy its source to spark_jobs/{pin.name.replace('-', '_')}/, which"
        " all jobs can import, and leave it out of the lock."
    )


def _renewed(pin: Pin, lock: Lock) -> str:
    # uv keeps the hashes of a version that is locked already, unless it is told to look again.
    return f"{lock.command} --upgrade-package {pin.name}"


def _last_words(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else "it said nothing"
