"""How long packaging takes, beside venv-pack on the same lock in the same run.

    .venv/bin/python benchmarks/package.py

This file cannot be called packaging.py: every script beside it would import it in the place of the
library.

cold: empty caches, everything fetched. warm: the archive is gone, what was fetched is there.
unchanged: nothing changed. For venv-pack, which has no cache of its own, cold and warm make the
environment with uv (its cache empty, then filled) and pack it; unchanged packs an environment that
is still there. Needs network and about 1.5 GB of disk in the folder for temporary files.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sparkmodel import DEFAULT_RELEASE, release
from sparkmodel.packaging import Target, build_environment, read_lock, target_of
from sparkmodel.releases import Architecture

PACKAGES = ("pandas", "pyarrow", "boto3", "pydantic")
VENV_PACK = "venv-pack==0.2.0"
LIMITS = {"warm": 1.0, "unchanged": 0.2}
COLD_LIMIT_BESIDE_DOWNLOAD = 10.0
RESULT = Path(__file__).parent / "results" / "packaging.json"
MIB = 1 << 20
PHASES = ("cold", "warm", "unchanged")
Figures = dict[str, Any]


@dataclass(frozen=True)
class Took:
    """What something cost.

    Args:
        seconds: By the clock.
        cpu_seconds: Of this process and those that it started.
    """

    seconds: float
    cpu_seconds: float


def main() -> None:
    """Measure, print, write the result."""
    with tempfile.TemporaryDirectory(prefix="sparkrail-benchmark-") as folder:
        work = Path(folder)
        lock = make_lock(work)
        here, other = architectures()
        ours = measure_ours(work, lock, target_of(release(DEFAULT_RELEASE), here))
        foreign = measure_ours(work, lock, target_of(release(DEFAULT_RELEASE), other))
        theirs = measure_venv_pack(work, lock)
        locked = [line.split()[0] for line in lock.read_text().splitlines() if "==" in line]
    result = {
        "packages": locked,
        "sparkrail": {here: ours, other: foreign},
        "venv-pack": {here: theirs},
        "ratio": {
            phase: round(theirs[phase]["seconds"] / ours[phase]["seconds"], 1) for phase in PHASES
        },
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    show(result, here, other)


def architectures() -> tuple[Architecture, Architecture]:
    """Ours, and the other one."""
    arm = platform.machine() in {"aarch64", "arm64"}
    return ("arm64", "x86_64") if arm else ("x86_64", "arm64")


def make_lock(work: Path) -> Path:
    """Lock the packages in their versions of today."""
    source, lock = work / "requirements.in", work / "requirements.txt"
    source.write_text("".join(f"{name}\n" for name in PACKAGES))
    command = [
        "pip",
        "compile",
        "-q",
        "--universal",
        "--python-version=3.11",
        "--only-binary=:all:",
    ]
    uv(*command, "--generate-hashes", "-o", str(lock), str(source), env={})
    return lock


def measure_ours(work: Path, lock: Path, target: Target) -> Figures:
    """Package the lock for a target three times."""
    cache = work / f"cache-{target.architecture}"
    os.environ["PIP_NO_CACHE_DIR"] = "1"

    def build() -> Path:
        return build_environment(read_lock(lock, target=target), cache=cache).path

    cold = timed(build)
    for level in ("archives", "inputs"):
        shutil.rmtree(cache / level)
    warm = timed(build)
    unchanged = timed(build)
    size = build().stat().st_size
    return phases(cold, warm, unchanged, size)


def measure_venv_pack(work: Path, lock: Path) -> Figures:
    """Make an environment of the lock and pack it, three times."""
    tool, environment, archive = work / "tool", work / "environment", work / "environment.tar.gz"
    python = ["--python", sys.executable]
    uv("venv", "-q", *python, str(tool), env={})
    # venv-pack 0.2.0 imports pkg_resources, which newer versions of setuptools lack.
    packages = [VENV_PACK, "setuptools<81"]
    uv("pip", "install", "-q", "--python", str(tool / "bin/python"), *packages, env={})

    def pack() -> None:
        command = [str(tool / "bin/venv-pack"), "-q", "-f", "-p", str(environment)]
        subprocess.run([*command, "-o", str(archive)], check=True)

    def build() -> None:
        env = {"UV_CACHE_DIR": str(work / "uv-cache")}
        shutil.rmtree(environment, ignore_errors=True)
        uv("venv", "-q", *python, str(environment), env=env)
        into = ["--python", str(environment / "bin/python")]
        uv("pip", "install", "-q", *into, "--require-hashes", "-r", str(lock), env=env)
        pack()

    cold, warm, unchanged = timed(build), timed(build), timed(pack)
    return phases(cold, warm, unchanged, archive.stat().st_size)


def phases(cold: Took, warm: Took, unchanged: Took, size: int) -> Figures:
    """The figures of one tool and target."""
    return {
        "cold": asdict(cold),
        "warm": asdict(warm),
        "unchanged": asdict(unchanged),
        "download_seconds": round(cold.seconds - warm.seconds, 3),
        "archive_mib": round(size / MIB, 1),
    }


def timed(action: Callable[[], object]) -> Took:
    """Run something and see what it cost."""
    before, start = os.times(), time.perf_counter()
    action()
    seconds, after = time.perf_counter() - start, os.times()
    return Took(round(seconds, 4), round(sum(after[:4]) - sum(before[:4]), 3))


def uv(*arguments: str, env: Mapping[str, str]) -> None:
    """Run the uv of this environment."""
    program = Path(sys.executable).with_name("uv")
    subprocess.run([str(program), *arguments], check=True, env={**os.environ, **env})


def show(result: Figures, here: str, other: str) -> None:
    """Print a table and whether the limits hold."""
    rows = {
        f"sparkrail {here}": result["sparkrail"][here],
        f"sparkrail {other}": result["sparkrail"][other],
        f"venv-pack {here}": result["venv-pack"][here],
    }
    print(f"{', '.join(PACKAGES)}: seconds (cpu seconds)")
    print(f"{'':20}{'cold':>18}{'warm':>18}{'unchanged':>18}{'MiB':>8}")
    for name, row in rows.items():
        cells = [f"{row[each]['seconds']:.3f} ({row[each]['cpu_seconds']:.2f})" for each in PHASES]
        print(f"{name:20}" + "".join(f"{cell:>18}" for cell in cells) + f"{row['archive_mib']:>8}")
    print(f"{'times faster':20}" + "".join(f"{result['ratio'][each]:>18}" for each in PHASES))
    ours = result["sparkrail"][here]
    beside = ours["warm"]["seconds"]
    print(
        f"cold beside pip and its downloads: {beside:.3f} s, at most {COLD_LIMIT_BESIDE_DOWNLOAD} s"
    )
    for phase, limit in LIMITS.items():
        print(f"{phase}: {ours[phase]['seconds']:.3f} s, at most {limit} s")
    print(f"written: benchmarks/results/{RESULT.name}")


if __name__ == "__main__":
    main()
