"""What a run needs: Java, Spark, jars. `python -m sparklaptop.tools fetch LINE` downloads it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from sparklaptop import shared_classes
from sparklaptop.cache import built_folder, cache_dir
from sparklaptop.errors import LaptopError
from sparklaptop.jars import Locked, fetch_jars, jars, missing_jars
from sparklaptop.java import find_java
from sparklaptop.kafka import software
from sparklaptop.lines import LINES, Line, fetch_command, line

__all__ = ["base_python", "fetch", "jars", "java_home", "spark_home", "uv_binary"]

_BROKER = software.SOFTWARE
_USAGE = f"usage: python -m sparklaptop.tools fetch {'|'.join([*LINES, _BROKER.name])}"


def java_home() -> Path:
    """JAVA_HOME for Spark: a Java 17 of this computer, else the wheel's.

    Raises:
        LaptopError: There is none.
    """
    return find_java()


def base_python() -> Path:
    """The interpreter behind this virtual environment: it sees none of the project's packages."""
    return Path(getattr(sys, "_base_executable", sys.executable)).resolve()


def uv_binary() -> Path:
    """The project's own uv, else the computer's.

    Raises:
        LaptopError: There is none.
    """
    own = Path(sys.prefix) / "bin" / "uv"
    found = own if own.exists() else shutil.which("uv")
    if not found:
        raise LaptopError(f"uv is not installed in {sys.prefix}.", next_command="make setup")
    return Path(found)


def spark_home(name: str) -> Path:
    """SPARK_HOME of a line: this environment's PySpark, or the one kept in the cache.

    Raises:
        LaptopError: It is not installed.
    """
    wanted = line(name)
    own = _installed_spark(wanted)
    if own:
        return own
    kept = _kept_spark(wanted) / "pyspark"
    if kept.is_dir():
        return kept
    raise LaptopError(
        f"Spark {wanted.pyspark} (for {wanted.releases}) is not installed.",
        next_command=fetch_command(name) if wanted.python_lock.exists() else "make setup",
    )


def _installed_spark(wanted: Line) -> Path | None:
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        return None
    right = importlib.metadata.version("pyspark") == wanted.pyspark
    return Path(spec.origin).parent if right else None


def _kept_spark(wanted: Line) -> Path:
    lock = wanted.python_lock
    key = hashlib.sha256(lock.read_bytes()).hexdigest()[:12] if lock.exists() else "none"
    return cache_dir() / "spark" / f"{wanted.name}-{key}"


def is_complete(name: str) -> bool:
    """Whether everything that a line of Spark needs is there."""
    wanted = line(name)
    has_spark = _installed_spark(wanted) or (_kept_spark(wanted) / "pyspark").is_dir()
    return bool(has_spark) and not missing_jars(wanted)


def fetch(name: str) -> None:
    """Download what a line of Spark needs and is not there, telling how far it is.

    Raises:
        LaptopError: A download failed.
    """
    wanted = line(name)
    if wanted.python_lock.exists() and not _installed_spark(wanted):
        _fetch_spark(wanted)
    if absent := missing_jars(wanted, verify=True):
        _fetch_with_progress(wanted, sum(jar.size for jar in absent), len(absent))
    _keep_classes(wanted)
    print(f"Spark {wanted.pyspark}: everything is there.")


def fetch_broker() -> None:
    """Download what a Kafka broker needs and is not there, and compile our few classes for it.

    Raises:
        LaptopError: A download failed, or Java is missing.
    """
    if absent := missing_jars(_BROKER, verify=True):
        _fetch_with_progress(_BROKER, sum(jar.size for jar in absent), len(absent))
    software.runtime()
    print(f"{_BROKER.title}: everything is there.")


def _keep_classes(wanted: Line) -> None:
    home, java = spark_home(wanted.name), java_home()
    kept = shared_classes.archive(java_home=java, spark_home=home, of=jars(wanted.name))
    if kept.is_file():
        return
    print(f"Spark {wanted.pyspark}: keeping its classes for quick starts ...", flush=True)
    try:
        shared_classes.make(wanted.name, kept, print)
    except LaptopError as error:
        print(f"  not kept: {error}")


def _fetch_spark(wanted: Line) -> None:
    with built_folder(_kept_spark(wanted)) as scratch:
        if scratch is None:
            return
        print(f"Spark {wanted.pyspark}: installing (about 480 MB on disk) ...", flush=True)
        lock = str(wanted.python_lock)
        uv = (str(uv_binary()), "pip", "install", "--quiet", "--require-hashes")
        done = subprocess.run(
            [*uv, "--python", sys.executable, "--target", str(scratch), "-r", lock],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LaptopError(
                f"Spark {wanted.pyspark} could not be installed:\n{done.stderr.strip()}",
                next_command=fetch_command(wanted.name),
            )


def _fetch_with_progress(wanted: Locked, total: int, count: int) -> None:
    lock, came, start = threading.Lock(), 0, time.monotonic()
    shown = -1

    def tell(_name: str, size: int) -> None:
        nonlocal came, shown
        with lock:
            came += size
            percent = 100 * came // total
            # On a terminal every percent; in a log every quarter, so that it stays readable.
            step = 1 if sys.stdout.isatty() else 25
            if percent // step > shown:
                shown = percent // step
                end = "\r" if sys.stdout.isatty() else "\n"
                text = f"  jars of {wanted.title}: {came / 1e6:.0f} of {total / 1e6:.0f} MB"
                print(text, end=end, flush=True)

    fetch_jars(wanted, tell)
    print(f"  {count} jars, {total / 1e6:.0f} MB, in {time.monotonic() - start:.0f} s")


def main(arguments: list[str]) -> int:
    """`fetch WHAT`: download what is missing. Exit code 0 done, 1 failed, 2 the call is wrong."""
    known = (*LINES, _BROKER.name)
    if len(arguments) != 2 or arguments[0] != "fetch" or arguments[1] not in known:  # noqa: PLR2004
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        if arguments[1] == _BROKER.name:
            fetch_broker()
        else:
            fetch(arguments[1])
    except LaptopError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
